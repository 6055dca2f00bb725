#pragma once

#include <sundown/testing/child_process.hpp>
#include <sundown/testing/raw_client.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::testing {

/// How to start a service's binary. What is not set here is as a user gets it, but for what every test needs: free
/// ports on 127.0.0.1, two workers, the log as JSON lines. Variables of the test's own environment don't reach it.
struct service_options {
  std::string program = {};                             ///< the path of the binary
  std::map<std::string, std::string> settings = {};     ///< by their keys in the file: {"http.workers", "4"}
  std::map<std::string, std::string> environment = {};  ///< further variables, by their full names; over the settings
  std::vector<std::string> arguments = {};
  std::vector<std::string> unset = {};  ///< of the variables that would be set, those not to set
  std::string variable_prefix = {};     ///< of the settings' names; empty: "ORDERS_" for a program named orders
  bool without_stdout = false;
  bool without_capabilities = false;     ///< as in a container that drops them all; root is an ordinary user then
  unsigned open_files = 0;               ///< how many file descriptors it may open; 0: as many as the test
  int pipe_size = 0;                     ///< of its stdout; 0: the kernel's default
  std::vector<int> descriptors = {};     ///< listening sockets to hand over
  bool (*prepare)() noexcept = nullptr;  ///< see command::prepare
};

/// The command that starts the service with these options in the directory.
command service_command(const service_options& options, const std::filesystem::path& directory);

/// Where a service listens.
struct service_endpoints {
  endpoint http, admin;
  endpoint https = {};  ///< with port 0 where it has no listener of TLS
};

/// Waits for the ready line of a service and takes the bound addresses from it.
std::optional<service_endpoints> wait_ready_line(const line_capture& out, milliseconds limit = ample);

/// "127.0.0.1:8080", "[::1]:8080" or "unix:/run/orders.sock".
std::optional<endpoint> parse_endpoint(std::string_view text);
/// The address that a log line, text or JSON, gives for the key.
std::optional<endpoint> endpoint_in(std::string_view line, std::string_view key);

}  // namespace sundown::testing
