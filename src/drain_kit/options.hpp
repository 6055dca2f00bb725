#pragma once

#include <sundown/testing/raw_client.hpp>

#include <signal.h>
#include <sys/types.h>

#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace sundown::testing::drain_kit {

/// What the user asked for. Either `start` or `target` and `pid` are set.
struct options {
  std::string start;  ///< program of this service, started for each scenario
  std::optional<endpoint> target;
  bool http2 = false, tls = false;
  bool insecure = false;  ///< --target: whatever the server's certificate is
  std::string ca;         ///< --target: the file of the authorities that it must be issued by
  pid_t pid = 0;
  std::string path = "/hello";
  std::string slow_path = "/demo/sleep?ms=800";
  int signal = SIGTERM;
  milliseconds limit = 30s;     ///< --target: how long the server may take to end
  milliseconds margin = 300ms;  ///< --start: granted on every bound in time
  std::vector<std::string> only;
  std::string svg, json, logs;
  bool help = false, list = false;
  std::set<std::string> given;  ///< by name
};

/// A command line that can't be followed; what() tells the user why.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

options parse(int argc, char** argv);
const char* usage();

}  // namespace sundown::testing::drain_kit
