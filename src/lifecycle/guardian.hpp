#pragma once

#include "lifecycle/spawn.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <string>
#include <vector>

namespace sundown::lifecycle {

namespace asio = boost::asio;

/// A process that this one starts, with a guardian between the two: a child of ours that is its parent until we let it
/// go, and by then has told us if it ended. When the guardian goes, the process has the parent that every orphan has:
/// the service manager. systemd must be that to stop it: it waits for no main process that isn't its own child, and
/// would kill it together with whatever it is doing, at once.
///
/// Thread safety: all on the control context's thread.
class guardian {
 public:
  explicit guardian(asio::io_context& control) : line_(control) {}
  guardian(const guardian&) = delete;
  guardian& operator=(const guardian&) = delete;

  /// Throws std::system_error if there is nothing to start.
  void start(const program& what, const std::vector<int>& descriptors);
  /// Of the process, not of its guardian.
  pid_t pid() const noexcept { return pid_; }
  /// Once it has ended, unless it has been let go; tells how.
  void on_end(std::function<void(std::string how)> call);
  void signal(int number) noexcept;
  /// From the return on the process has another parent.
  void let_go() noexcept;
  void stop_waiting();

 private:
  void reap() noexcept;

  asio::posix::stream_descriptor line_;
  pid_t guard_ = -1, pid_ = -1;
  int status_ = 0;
};

}  // namespace sundown::lifecycle
