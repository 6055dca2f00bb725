#include "http/loop_lag.hpp"

#include <algorithm>

namespace sundown::http::detail {

void loop_lag::ran(clock::time_point now) noexcept {
  const auto due = due_.exchange(nothing, std::memory_order_relaxed);
  if (due == nothing) return;
  const auto late = now - clock::time_point(clock::duration(due));
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(late).count();
  const auto lag = std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(micros, 0)), lag_mask);
  const auto here = number(now);
  auto& slot = largest_[here % windows];
  const auto old = slot.load(std::memory_order_relaxed);
  const auto most = old >> lag_bits == here ? std::max(old & lag_mask, lag) : lag;
  slot.store(here << lag_bits | most, std::memory_order_relaxed);
}

std::chrono::nanoseconds loop_lag::largest(clock::time_point now) const noexcept {
  std::chrono::nanoseconds most{0};
  const auto here = number(now);
  for (const auto& slot : largest_) {
    const auto seen = slot.load(std::memory_order_relaxed);
    const std::chrono::nanoseconds lag = std::chrono::microseconds(seen & lag_mask);
    if (here - (seen >> lag_bits) < windows) most = std::max(most, lag);
  }
  const auto due = due_.load(std::memory_order_relaxed);
  if (due == nothing) return most;
  return std::max<std::chrono::nanoseconds>(most, now - clock::time_point(clock::duration(due)));
}

}  // namespace sundown::http::detail
