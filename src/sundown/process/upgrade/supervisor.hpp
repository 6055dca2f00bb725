#pragma once

#include "process/upgrade/spawn.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <string>
#include <vector>

namespace sundown::process {

namespace asio = boost::asio;

/// A process that this one starts, with a supervisor between the two: a child of this process and the parent of the
/// new one, which tells when that ends. When the supervisor ends, the new process has the parent of every orphan: the
/// service manager. systemd must be the parent to stop the process in order: it waits for no main process that isn't
/// its own child, and would kill it at once.
///
/// let_go() waits for the supervisor's end, a fifth of a second at most; nothing else here waits.
/// Thread safety: all on the control context's thread.
class supervisor {
 public:
  struct events {
    std::function<void()> started;               ///< pid() is known
    std::function<void(std::string how)> ended;  ///< the last call, unless the process has been let go
  };

  explicit supervisor(asio::io_context& control) : line_(control) {}
  supervisor(const supervisor&) = delete;
  supervisor& operator=(const supervisor&) = delete;

  /// After the end of the last process, or once it was let go. Calls `then` later. Throws std::system_error if there
  /// can be no process.
  void start(const program& what, const std::vector<int>& descriptors, events then);
  /// Of the process, not of its supervisor; -1 before it has started.
  pid_t pid() const noexcept { return pid_; }
  /// By way of the supervisor, which is continued if it was stopped. From then on the process is to end: it is killed
  /// when this process ends first.
  void signal(int number) noexcept;
  /// Continues a supervisor that says nothing: it may have been stopped.
  void wake() noexcept;
  /// Kills both, where signal() has led to nothing.
  void kill() noexcept;
  /// After the return the process has another parent, and `then` is not called any more. False: the process has ended.
  bool let_go() noexcept;
  void stop_waiting();

 private:
  void read();
  void hear(const supervisor_message& message);
  void end(std::string how);

  asio::posix::stream_descriptor line_;
  pid_t supervisor_ = -1, pid_ = -1;
  supervisor_message message_{};
  std::string fault_;  ///< why it could not be executed
  events then_;
  bool done_ = false;
};

}  // namespace sundown::process
