#pragma once

#include <sundown/testing/raw_client.hpp>

#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/types.h>

namespace sundown::testing::drain_kit {

/// What the user asked for.
struct options {
  // -- which server; one of start, container, unit and target alone is set
  std::string start;      ///< a command with "{port}", started for each scenario
  std::string container;  ///< with `target`
  std::string unit;       ///< with `target`
  std::optional<endpoint> target;
  pid_t pid = 0;
  std::string exec;  ///< what stops it, instead of a signal

  // -- what it is, and how to speak to it
  std::string profile = "plain";
  std::string path, slow_path;  ///< over those of the profile
  bool http2 = false, tls = false;
  bool insecure = false;  ///< whatever the server's certificate is
  std::string ca;         ///< the file of the authorities that it must be issued by
  int signal = 0;         ///< 0: the profile's

  // -- how to judge and to repeat
  milliseconds grace = 10s;                   ///< as `docker stop` gives
  milliseconds margin = 300ms;                ///< granted on every bound in time
  std::optional<milliseconds> start_timeout;  ///< until it answers; nothing: 10 s, of a container or a unit 30 s
  bool strict = false;
  int runs = 1;
  unsigned seed = 1;
  std::vector<std::string> only;

  // -- what to write
  std::string svg, json, junit, html, logs;
  bool help = false, list = false;
  std::vector<std::string> explain;
  std::vector<std::string> compare;  ///< two files of --json
  std::set<std::string> given;       ///< by name
};

/// A command line that can't be followed; what() tells the user why.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

options parse(int argc, char** argv);
const char* usage();
/// "TERM" or "SIGTERM". Throws usage_error for one that is no way to stop a server in order.
int signal_number(const std::string& text);

}  // namespace sundown::testing::drain_kit
