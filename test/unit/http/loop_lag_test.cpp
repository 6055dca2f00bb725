#include "http/loop_lag.hpp"

#include <gtest/gtest.h>

namespace sundown::http::detail {
namespace {

using namespace std::chrono_literals;

/// A timer that runs so late, at a moment.
void late(loop_lag& lag, clock::time_point now, clock::duration by) {
  lag.expect(now - by);
  lag.ran(now);
}

const clock::time_point begin{clock::duration(1000h)};

// Nothing is known before the first timer.
TEST(LoopLag, IsNothingAtFirst) { EXPECT_EQ(loop_lag().largest(begin), 0ns); }

// Reading doesn't change it: whoever asks next sees the same.
TEST(LoopLag, IsTheSameForEachReader) {
  loop_lag lag;
  late(lag, begin, 300ms);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(lag.largest(begin + 1s), 300ms);
}

// The largest counts, until it is a minute old; a window more or less.
TEST(LoopLag, IsForgottenAfterAMinute) {
  loop_lag lag;
  late(lag, begin, 300ms);
  for (auto at = 1s; at < 100s; at += 1s) {
    late(lag, begin + at, 2ms);
    const auto seen = lag.largest(begin + at);
    if (at < 50s) {
      EXPECT_EQ(seen, 300ms) << at.count();
    } else if (at > 60s) {
      EXPECT_EQ(seen, 2ms) << at.count();
    }
  }
}

// Without a timer in between, old ones are forgotten too, also those of a window of the same place in the round.
TEST(LoopLag, IsForgottenWithoutNews) {
  loop_lag lag;
  late(lag, begin, 300ms);
  for (const auto at : {61s, 120s, 600s, 3600s}) EXPECT_EQ(lag.largest(begin + at), 0ns) << at.count();
}

// A timer that is due and has not run counts for as long as it is late.
TEST(LoopLag, CountsWhatIsNotOver) {
  loop_lag lag;
  lag.expect(begin);
  EXPECT_EQ(lag.largest(begin - 1s), 0ns);
  EXPECT_EQ(lag.largest(begin + 2s), 2s);
  lag.ran(begin + 3s);
  EXPECT_EQ(lag.largest(begin + 4s), 3s);
}

// Early timers are no lag.
TEST(LoopLag, IsNeverNegative) {
  loop_lag lag;
  late(lag, begin, -5ms);
  EXPECT_EQ(lag.largest(begin), 0ns);
}

}  // namespace
}  // namespace sundown::http::detail
