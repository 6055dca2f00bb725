#pragma once

#include <sundown/stop/budget.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sundown::http::detail {

/// How late an event loop's timer ran: the most of the last minute, in windows of ten seconds that depend on the clock
/// alone, so that every reader sees the same and none takes it from another.
///
/// Thread safety: expect() and ran() on the loop's thread, largest() from any.
class loop_lag {
 public:
  static constexpr std::chrono::seconds window{10};
  static constexpr std::size_t windows = 6;

  /// The timer is to run then.
  void expect(clock::time_point when) noexcept { due_.store(count(when), std::memory_order_relaxed); }
  /// It has run.
  void ran(clock::time_point now) noexcept;

  /// The most of the last minute; also a delay that is not over yet.
  std::chrono::nanoseconds largest(clock::time_point now) const noexcept;

 private:
  /// A window's number and its largest lag in microseconds, in one word: a reader never sees the one without the other.
  static constexpr int lag_bits = 40;
  static constexpr std::uint64_t lag_mask = (std::uint64_t{1} << lag_bits) - 1;

  static std::int64_t count(clock::time_point when) noexcept { return when.time_since_epoch().count(); }
  static std::uint64_t number(clock::time_point when) noexcept {
    return static_cast<std::uint64_t>(when.time_since_epoch() / window) & (~std::uint64_t{0} >> lag_bits);
  }

  static constexpr std::int64_t nothing = 0;

  std::array<std::atomic<std::uint64_t>, windows> largest_{};
  std::atomic<std::int64_t> due_{nothing};
};

}  // namespace sundown::http::detail
