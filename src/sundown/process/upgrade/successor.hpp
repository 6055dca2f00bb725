#pragma once

#include "process/upgrade/supervisor.hpp"
#include "stop/event.hpp"

#include <sundown/stop/budget.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace sundown::process {

namespace asio = boost::asio;

/// A listener's sockets, as they are handed over.
struct handed_listener {
  std::string name;
  std::vector<int> sockets;
  bool externally_owned = false;  ///< see inheritance::externally_owned
};

/// The process that is to take this one's place: started, watched until it is ready or has failed, killed in the latter
/// case. It gets the listening sockets by the protocol of sd_listen_fds(3), and one end of a channel (docs/upgrade.md):
///
///   new to old    one byte when the new process is ready
///   old to new    one byte when the service manager knows that the new process is the service
///   end of file   the other process has ended, in whatever way
///
/// Thread safety: all on the control context's thread.
class successor {
 public:
  struct outcome {
    std::function<void()> started;  ///< pid() is known
    std::function<void()> ready;
    std::function<void(std::string why)> failed;  ///< it has ended
  };

  explicit successor(asio::io_context& control);
  successor(const successor&) = delete;
  successor& operator=(const successor&) = delete;

  /// Starts it. Of `then` exactly one of ready and failed is called, later, unless it is called off. Throws
  /// std::system_error if there can be no process.
  void start(program what, const std::vector<handed_listener>& listeners, milliseconds limit, outcome then);
  pid_t pid() const noexcept { return process_.pid(); }
  /// After `ready`: tells the new process that it is the service.
  void appoint();
  /// This process stops before the new one is ready: SIGTERM stops the new one, in its order. If that has neither ended
  /// nor become ready after `patience`, it is killed: it has no clients. Completes when it has ended or is let go.
  asio::awaitable<void> call_off(milliseconds patience);
  /// Lets the control context run out of work.
  void stop_waiting();

 private:
  enum class state {
    none,        ///< there is none, or it needs no care any more
    starting,    ///< it has not said that it is ready
    ready,       ///< it has, but its supervisor has not yet told its pid
    called_off,  ///< it is to stop
  };

  void wait_for_ready();
  void wait_for_limit(milliseconds limit, std::string why);
  bool limit_passed() const;
  void settle_ready();
  void ended(std::string how);
  bool awaited() const noexcept { return state_ != state::none; }
  /// Ends the care for it. False: it has ended.
  bool release();

  asio::posix::stream_descriptor channel_;
  supervisor process_;
  asio::steady_timer limit_;
  std::array<char, 1> byte_{};
  outcome then_;
  std::string why_;
  state state_ = state::none;
  bool done_ = false;
  const stop::wait_group running_;
};

}  // namespace sundown::process
