#pragma once

#include <sundown/testing/service_command.hpp>
#include <sundown/testing/temp_dir.hpp>

#include <optional>
#include <string>

namespace sundown::testing::drain_kit {

/// The server that a run stops.
class server {
 public:
  server() = default;
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  virtual ~server() = default;

  virtual pid_t process() const = 0;
  virtual endpoint where() const = 0;
  virtual void signal(int number) = 0;
  /// How it ended, or nothing if it still runs at the end of the limit.
  virtual std::optional<exit_report> wait_exit(milliseconds limit) = 0;
  /// The line in which it reports its stop, if it is one that does; call it after the exit.
  virtual std::string report() { return {}; }
};

/// A service of this project, started for one run: free ports, a database and a directory of its own. Its clients go to
/// the listener in the clear, if it has one. Throws std::runtime_error if it doesn't become ready.
class started_service : public server {
 public:
  started_service(const std::string& program, const service_options& options);

  pid_t process() const override { return process_.pid(); }
  endpoint where() const override { return where_.http.port != 0 ? where_.http : where_.https; }
  void signal(int number) override { process_.signal(number); }
  std::optional<exit_report> wait_exit(milliseconds limit) override { return process_.wait_exit(limit); }
  std::string report() override;
  /// What it wrote, all of it once it has ended.
  std::string log() const;

 private:
  temp_dir directory_{data_directory()};
  child_process process_;
  service_endpoints where_;
};

/// Any process that somebody else has started. Its exit code stays unknown, and it is only ever sent the one signal.
class running_process : public server {
 public:
  /// Throws std::runtime_error, with a text for the user, if there is no such process.
  running_process(pid_t pid, endpoint where);

  pid_t process() const override { return pid_; }
  endpoint where() const override { return where_; }
  void signal(int number) override;
  std::optional<exit_report> wait_exit(milliseconds limit) override;

 private:
  const pid_t pid_;
  const endpoint where_;
  unique_fd pidfd_;
};

}  // namespace sundown::testing::drain_kit
