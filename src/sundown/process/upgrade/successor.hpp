#pragma once

#include "process/upgrade/guardian.hpp"
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
  bool kept = false;  ///< somebody else keeps them open as well: see inheritance::kept
};

/// The process that is to take this one's place: started, watched until it is ready or has failed, killed in the latter
/// case. It gets the listening sockets by the protocol of sd_listen_fds(3), and one end of a channel on which
///
///   it says that it is ready          one byte
///   we say that it is the service     one byte, once the service manager knows
///   our end tells it                  by the kernel, whatever way we go
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
  /// Neither ready nor failed.
  bool awaited() const noexcept { return state_ != state::none; }
  /// After it is ready: it is the service now.
  void appoint();
  /// We are to stop before it is ready: so is it, in its order. One that hasn't ended after `patience`, and has not
  /// become ready either, is killed: it has no clients. Completes when it is not ours to care for any more.
  asio::awaitable<void> call_off(milliseconds patience);
  /// Lets the control context run out of work.
  void stop_waiting();

 private:
  /// `ready`: it has said so, and its guardian has not yet said who it is.
  enum class state { none, starting, ready, called_off };

  void wait_for_ready();
  void wait_for_limit(milliseconds limit, std::string why);
  bool limit_passed() const;
  void settle_ready();
  void ended(std::string how);
  /// It is nobody we care for any more. False: it has ended.
  bool release();

  asio::posix::stream_descriptor channel_;
  guardian process_;
  asio::steady_timer limit_;
  std::array<char, 1> byte_{};
  outcome then_;
  std::string why_;
  state state_ = state::none;
  bool done_ = false;
  const stop::wait_group running_;
};

/// The other side: the process whose place this one takes.
class predecessor {
 public:
  /// `channel`: inheritance::predecessor; -1: there is none.
  predecessor(asio::io_context& control, int channel);

  /// Says that this process is ready. `appointed`: it is the service now. `gone`: the predecessor has ended. Both are
  /// called in this order, at once if there is none.
  void ready(std::function<void()> appointed, std::function<void()> gone);
  bool exists() const { return channel_.is_open(); }
  void stop_waiting();

 private:
  void wait();
  void end();

  asio::posix::stream_descriptor channel_;
  std::array<char, 1> byte_{};
  std::function<void()> appointed_, gone_;
  bool done_ = false;
};

}  // namespace sundown::process
