#pragma once

#include <sundown/testing/service_command.hpp>
#include <sundown/testing/temp_dir.hpp>

#include <optional>
#include <string>

namespace sundown::testing {

/// The real service as a process of its own, in a directory of its own. Ends with the object, whatever state it is in.
/// Findings of a sanitizer on its stderr fail the test, and what it wrote is shown when a test has failed.
class service {
 public:
  explicit service(const service_options& options);
  service(const service&) = delete;
  service& operator=(const service&) = delete;
  ~service();

  /// Waits for the ready line and takes the bound addresses from it; false if it doesn't come or makes no sense.
  bool wait_ready(milliseconds limit = ample);
  const endpoint& http() const { return where_.http; }
  const endpoint& admin() const { return where_.admin; }
  const endpoint& https() const { return where_.https; }

  child_process& process() { return *process_; }
  void signal(int number) { process_->signal(number); }
  std::optional<exit_report> wait_exit(milliseconds limit = ample) { return process_->wait_exit(limit); }

  /// The line that reports the stop, a whole JSON object; call it after the exit.
  std::optional<std::string> report() const;

  /// Everything it wrote, for failure messages: the last lines of it.
  std::string log() const;

  /// Its working directory.
  const std::filesystem::path& directory() const { return directory_->path(); }

  /// Starts again on the same directory, after the process has ended.
  void restart();

 private:
  void fail_on_sanitizer_findings() const;

  service_options options_;
  std::optional<temp_dir> directory_{std::in_place, data_directory()};
  std::optional<child_process> process_;
  service_endpoints where_;
};

}  // namespace sundown::testing
