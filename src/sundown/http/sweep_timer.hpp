#pragma once

#include "http/drain_state.hpp"
#include "http/worker_io.hpp"

namespace sundown::http::detail {

/// When a worker's sweep next looks at the deadlines of its connections, which need no timers of their own that way.
///
/// Coarse while serving; while stopping it is brought forward by the nearest deadline.
/// Thread safety: the worker's thread only.
class sweep_timer {
 public:
  sweep_timer(const worker_executor& executor, const drain_state& drain) : drain_(drain), timer_(executor) {}

  /// A deadline is set: while stopping, the sweep comes no later.
  void deadline_set(clock::time_point when) {
    if (!drain_.draining() || when >= next_) return;
    next_ = when;  // the sweep looks at all deadlines, and sets it anew
    timer_.cancel();
  }

  /// The time of a handler is set: while serving, too, the sweep comes no later, however coarse the other limits are.
  void run_end_set(clock::time_point when) {
    if (when >= next_) return;
    next_ = when;
    timer_.cancel();
  }

  void set(clock::time_point when) {
    next_ = when;
    timer_.expires_at(when);
  }
  /// Completes then, or with an error if it is woken before.
  template <class Token>
  auto wait(Token token) {
    return timer_.async_wait(std::move(token));
  }
  void wake() { timer_.cancel(); }

 private:
  const drain_state& drain_;
  worker_timer timer_;
  clock::time_point next_{};
};

}  // namespace sundown::http::detail
