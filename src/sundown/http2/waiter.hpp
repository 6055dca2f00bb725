#pragma once

#include "http/worker_io.hpp"

#include <utility>

namespace sundown::http2 {

inline constexpr auto never = clock::time_point::max();

/// A coroutine's wait for what happens on its own thread. Whoever waits looks again afterwards at what it waits for.
///
/// Thread safety: the worker's thread only, one wait at a time.
class waiter {
 public:
  explicit waiter(const worker_executor& where) : timer_(where) {}

  /// Until wake(), or the coroutine is cancelled.
  task<> wait() { return wait_until(never); }
  task<> wait_until(clock::time_point limit) {
    timer_.expires_at(limit);
    waits_ = true;
    co_await timer_.async_wait(as_result);
    waits_ = false;
  }
  void wake() {
    if (std::exchange(waits_, false)) timer_.cancel();
  }

 private:
  http::detail::worker_timer timer_;
  bool waits_ = false;
};

}  // namespace sundown::http2
