#pragma once

#include <sundown/stop/budget.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sundown::stop {

namespace asio = boost::asio;

/// Sleep until a moment, or until somebody rings. One sleeper, everything on its strand; a ring while nobody sleeps is
/// lost, so look at what you wait for, then sleep, in a loop, with no suspension in between.
class alarm {
 public:
  explicit alarm(asio::any_io_executor strand) : timer_(std::move(strand)) {}

  void ring() { timer_.cancel(); }

  asio::awaitable<void> until(clock::time_point when) {
    timer_.expires_at(when);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }

 private:
  asio::steady_timer timer_;
};

}  // namespace sundown::stop
