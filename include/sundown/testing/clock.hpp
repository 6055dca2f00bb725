#pragma once

#include <algorithm>
#include <chrono>

#ifndef SUNDOWN_TEST_SLACK
#define SUNDOWN_TEST_SLACK 1
#endif

namespace sundown::testing {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// How much later than in a plain build a thing may happen: 1, and more only in a build with sanitizers, whose code is
/// several times slower. Stretches bounds in time; what has to happen stays the same.
constexpr milliseconds slack(milliseconds bound) { return bound * SUNDOWN_TEST_SLACK; }

/// How long a test waits for something that should happen at once before it gives up: generous, since only a failure
/// ever waits that long.
inline constexpr milliseconds ample = slack(10s);

/// The end of a bounded wait.
class deadline {
 public:
  explicit deadline(milliseconds limit) : at_(clock::now() + limit) {}

  clock::time_point at() const { return at_; }
  bool passed() const { return clock::now() >= at_; }
  /// Never negative; rounded up, so that poll(2) doesn't spin through the last millisecond.
  milliseconds left() const { return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(at_ - clock::now())); }

 private:
  clock::time_point at_;
};

/// Whole milliseconds from one moment to the next.
inline milliseconds between(clock::time_point from, clock::time_point to) {
  return std::chrono::duration_cast<milliseconds>(to - from);
}

}  // namespace sundown::testing
