#include "lifecycle/watchdog.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>

#include <unistd.h>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using lifecycle::clock;
using lifecycle::watchdog;

// Armed, it fires at the deadline with the given code, and not before.
TEST(lifecycle_watchdog, FiresAtTheDeadline) {
  std::promise<int> code;
  watchdog guard([&](int c) { code.set_value(c); });
  auto begin = clock::now();
  guard.arm(begin + 30ms, 4);
  auto fired = code.get_future();
  ASSERT_EQ(fired.wait_for(5s), std::future_status::ready);
  EXPECT_GE(clock::now() - begin, 30ms);
  EXPECT_EQ(fired.get(), 4);
}

// A new deadline replaces the old one, an earlier one too.
TEST(lifecycle_watchdog, ANewDeadlineReplacesTheOldOne) {
  std::promise<int> code;
  watchdog guard([&](int c) { code.set_value(c); });
  guard.arm(clock::now() + 1h, 1);
  guard.arm(clock::now() + 10ms, 4);
  auto fired = code.get_future();
  ASSERT_EQ(fired.wait_for(5s), std::future_status::ready);
  EXPECT_EQ(fired.get(), 4);
}

// It tells how long there is until it fires, and nothing when it isn't armed.
TEST(lifecycle_watchdog, TellsTheTimeLeft) {
  watchdog guard([](int) {});
  EXPECT_EQ(guard.time_left(), std::nullopt);
  guard.arm(clock::now() + 1h, 4);
  EXPECT_GT(guard.time_left(), 59min);
  EXPECT_LE(guard.time_left(), 1h);
  guard.disarm();
  EXPECT_EQ(guard.time_left(), std::nullopt);
}

// Disarmed or destroyed in time, it does not fire; and it ends at once.
TEST(lifecycle_watchdog, DoesNotFireWhenDisarmed) {
  bool fired = false;
  auto begin = clock::now();
  {
    watchdog guard([&](int) { fired = true; });
    guard.arm(clock::now() + 1h, 4);
    guard.disarm();
    guard.arm(clock::now() + 1h, 4);
  }
  EXPECT_LT(clock::now() - begin, 5s);
  EXPECT_FALSE(fired);
}

// The real exit: the message says where the stop hung, and the process ends with code 4 from a thread of its own.
TEST(lifecycle_watchdog, EndsTheProcessWithItsMessage) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        watchdog guard;
        guard.describe("stopping: http 1 busy (GET /block 7.0 s), 0.1 s left");
        guard.arm(clock::now() + 10ms, 4);
        ::sleep(10);  // the stuck main thread
      },
      testing::ExitedWithCode(4),
      "watchdog: the stop did not end in time; stopping: http 1 busy \\(GET /block 7.0 s\\)");
}

// A description of any length is cut to the buffer.
TEST(lifecycle_watchdog, CutsALongDescription) {
  std::promise<void> done;
  watchdog guard([&](int) { done.set_value(); });
  guard.describe(std::string(10'000, 'x'));
  guard.arm(clock::now(), 4);
  EXPECT_EQ(done.get_future().wait_for(5s), std::future_status::ready);
}

}  // namespace
}  // namespace sundown::test
