#pragma once

#include "support/child_process.hpp"
#include "support/raw_client.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::test {

/// How to start the service. What is not set here is as a user gets it, but for the settings that every test needs:
/// free ports, a database in a directory of its own, the demo routes, two workers, the log as JSON lines.
struct service_options {
  std::map<std::string, std::string> environment;  ///< by their full names, "SUNDOWN_HTTP__WORKERS"; over the defaults
  std::vector<std::string> arguments;
  std::vector<std::string> unset;  ///< of the defaults above, those not to set
  bool without_stdout = false;
  bool without_capabilities = false;    ///< as in a container that drops them all; root is an ordinary user then
  bool without_packet_filters = false;  ///< on every kernel what newer ones do to a process without capabilities
  unsigned open_files = 0;              ///< how many file descriptors it may open; 0: as many as the test
  int pipe_size = 0;
  std::vector<int> descriptors = {};  ///< listening sockets to hand over
  std::string program = {};           ///< by another path than binary_path()
};

/// The binary under test: $SUNDOWN_TEST_BINARY, or the one of this build.
std::string binary_path();

/// The command that starts the service with these options in the directory.
command service_command(const service_options& options, const std::filesystem::path& directory);

/// Where a service listens.
struct service_endpoints {
  endpoint http, admin;
};

/// Waits for the ready line of a service and takes the bound addresses from it.
std::optional<service_endpoints> wait_ready_line(const line_capture& out, milliseconds limit = ample);

/// "127.0.0.1:8080" or "[::1]:8080".
std::optional<endpoint> parse_endpoint(std::string_view text);
/// The address that a log line, text or JSON, gives for the key.
std::optional<endpoint> endpoint_in(std::string_view line, std::string_view key);

}  // namespace sundown::test
