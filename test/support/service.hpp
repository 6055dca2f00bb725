#pragma once

#include "support/child_process.hpp"
#include "support/raw_client.hpp"
#include "support/temp_dir.hpp"

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
  std::vector<std::string> unset;                  ///< of the defaults above, those not to set
  bool without_stdout = false;
  int pipe_size = 0;
};

/// The binary under test: $SUNDOWN_TEST_BINARY, or the one of this build.
std::string binary_path();

/// The command that starts the service with these options in the directory.
command service_command(const service_options& options, const std::filesystem::path& directory);

/// The real service as a process of its own. Ends with the object, whatever state it is in.
class service {
 public:
  explicit service(const service_options& options = {});
  ~service();

  /// Waits for the ready line and takes the bound addresses from it; false if it doesn't come or makes no sense.
  bool wait_ready(milliseconds limit = ample);
  const endpoint& http() const { return http_; }
  const endpoint& admin() const { return admin_; }

  child_process& process() { return *process_; }
  void signal(int number) { process_->signal(number); }
  std::optional<exit_report> wait_exit(milliseconds limit = ample) { return process_->wait_exit(limit); }

  /// Waits until the service has read all that was sent to its HTTP port.
  bool wait_all_read(milliseconds limit = ample) const;

  /// The line that reports the stop, a whole JSON object; call it after the exit.
  std::optional<std::string> report() const;

  /// Everything it wrote, for failure messages: the last lines of it.
  std::string log() const;

  const std::filesystem::path& directory() const { return directory_->path(); }
  std::string database() const { return (directory() / "notes.db").string(); }

  /// Starts again on the same directory, after the process has ended.
  void restart();

 private:
  void fail_on_sanitizer_findings() const;

  service_options options_;
  std::optional<temp_dir> directory_{std::in_place};
  std::optional<child_process> process_;
  endpoint http_, admin_;
};

/// "127.0.0.1:8080" or "[::1]:8080".
std::optional<endpoint> parse_endpoint(std::string_view text);
/// The address that a log line, text or JSON, gives for the key.
std::optional<endpoint> endpoint_in(std::string_view line, std::string_view key);

}  // namespace sundown::test
