#pragma once

#include "log/failure.hpp"

#include <sundown/time.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>

namespace sundown::http::detail {

namespace asio = boost::asio;

/// Counts down to an event on the control plane: done() from any thread, wait() on the executor given.
///
/// Shared, since a blocked worker may call done() long after nobody waits any more.
class latch : public std::enable_shared_from_this<latch> {
 public:
  latch(asio::any_io_executor where, std::size_t count) : timer_(where, clock::time_point::max()), left_(count) {}

  void done() noexcept {
    if (left_.fetch_sub(1) != 1) return;
    try {
      asio::post(timer_.get_executor(),
                 [self = shared_from_this()] { self->timer_.expires_at(clock::time_point::min()); });
    } catch (...) {  // no memory for it: the waiter looks by itself, at its limit
      log::report_failure("waking a step of the stop", std::current_exception());
    }
  }

  /// True if all were done by then. `limit()` is asked again at each wake-up: a point of the stop's time line may move.
  template <class Limit>
  requires std::invocable<Limit> asio::awaitable<bool> wait_until(Limit limit) {
    while (left_.load() != 0 && clock::now() < limit()) {
      timer_.expires_at(limit());
      if (left_.load() == 0) break;
      co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return left_.load() == 0;
  }
  asio::awaitable<bool> wait_until(clock::time_point limit) {
    return wait_until([limit] { return limit; });
  }

 private:
  asio::steady_timer timer_;
  std::atomic<std::size_t> left_;
};

}  // namespace sundown::http::detail
