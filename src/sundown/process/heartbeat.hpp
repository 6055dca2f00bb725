#pragma once

#include <sundown/stop/budget.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace sundown::process {

namespace asio = boost::asio;

/// Proof that every event loop turns: once per interval it asks each of them, and calls `on_beat` when all have
/// answered, control plane included. With one of them stuck no beat comes until it answers again; a beat that is late
/// is not made up for. What follows from that is for the service manager to decide (WatchdogSec=, systemd.service(5)).
///
/// Thread safety: start(), stop() and on_beat on the control context's thread.
/// Lifetime: must not be destroyed while a loop may still answer: the contexts' threads must have ended, or stop().
class heartbeat {
 public:
  heartbeat(asio::io_context& control, std::vector<asio::io_context*> loops, std::function<void()> on_beat);
  ~heartbeat();

  /// An interval of zero: nobody wants to know.
  void start(milliseconds interval);
  void stop();

 private:
  struct state;
  static void ask(std::shared_ptr<state> self);
  static void wait(std::shared_ptr<state> self);

  std::shared_ptr<state> state_;
};

}  // namespace sundown::process
