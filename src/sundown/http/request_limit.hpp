#pragma once

#include <atomic>
#include <cstddef>

namespace sundown::http::detail {

/// How many requests may be under way at a time, and how many are: of all routes, or of a group. Any thread.
class request_limit {
 public:
  explicit request_limit(std::size_t most) noexcept : most_(most) {}

  /// False if there are as many as may be.
  bool enter() noexcept {
    if (under_way_.fetch_add(1, std::memory_order_relaxed) < most_) return true;
    leave();
    return false;
  }
  void leave() noexcept { under_way_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> under_way_{0};
};

}  // namespace sundown::http::detail
