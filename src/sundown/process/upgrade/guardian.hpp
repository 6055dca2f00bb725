#pragma once

#include "process/upgrade/spawn.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <string>
#include <vector>

namespace sundown::process {

namespace asio = boost::asio;

/// A process that this one starts, with a guardian between the two: a child of ours that is its parent until we let it
/// go, and by then has told us if it ended. When the guardian goes, the process has the parent that every orphan has:
/// the service manager. systemd must be that to stop it: it waits for no main process that isn't its own child, and
/// would kill it together with whatever it is doing, at once.
///
/// Nothing here waits for what the guardian or the process do, but let_go(), for a fifth of a second at most.
/// Thread safety: all on the control context's thread.
class guardian {
 public:
  struct events {
    std::function<void()> started;               ///< pid() is known
    std::function<void(std::string how)> ended;  ///< the last, unless it has been let go
  };

  explicit guardian(asio::io_context& control) : line_(control) {}
  guardian(const guardian&) = delete;
  guardian& operator=(const guardian&) = delete;

  /// The last one has ended or was let go. Calls `then` later. Throws std::system_error if there can be no process.
  void start(const program& what, const std::vector<int>& descriptors, events then);
  /// Of the process, not of its guardian; -1 before it has started.
  pid_t pid() const noexcept { return pid_; }
  /// From then on it is to end: it is killed when this process ends before it. By way of the guardian, which is told to
  /// go on if somebody has stopped it.
  void signal(int number) noexcept;
  /// For a guardian that says nothing: it may have been stopped.
  void wake() noexcept;
  /// Kills both, where signal() has led to nothing.
  void kill() noexcept;
  /// From the return on the process has another parent, and `then` is not called any more. False: it has ended.
  bool let_go() noexcept;
  void stop_waiting();

 private:
  void read();
  void hear(const guardian_message& message);
  void end(std::string how);

  asio::posix::stream_descriptor line_;
  pid_t guard_ = -1, pid_ = -1;
  guardian_message message_{};
  std::string fault_;  ///< why it could not be executed
  events then_;
  bool done_ = false;
};

}  // namespace sundown::process
