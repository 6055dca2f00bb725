#include "stop/watchdog.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <future>
#include <string>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using stop::watchdog;

// Armed, it fires at the deadline with the given code, and not before.
TEST(stop_watchdog, FiresAtTheDeadline) {
  std::promise<int> code;
  watchdog guard([&](int c) { code.set_value(c); });
  auto begin = clock::now();
  guard.arm(begin + 30ms, 4);
  auto fired = code.get_future();
  ASSERT_EQ(fired.wait_for(30s), std::future_status::ready);
  EXPECT_GE(clock::now() - begin, 30ms);
  EXPECT_EQ(fired.get(), 4);
}

// An earlier deadline replaces the old one.
TEST(stop_watchdog, AnEarlierDeadlineReplacesTheOldOne) {
  std::promise<int> code;
  watchdog guard([&](int c) { code.set_value(c); });
  guard.arm(clock::now() + 1h, 1);
  guard.arm(clock::now() + 10ms, 4);
  auto fired = code.get_future();
  ASSERT_EQ(fired.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(fired.get(), 4);
}

// It tells how long there is until it fires, and nothing when it isn't armed.
TEST(stop_watchdog, TellsTheTimeLeft) {
  watchdog guard([](int) {});
  EXPECT_EQ(guard.time_left(), std::nullopt);
  guard.arm(clock::now() + 1h, 4);
  EXPECT_GT(guard.time_left(), 59min);
  EXPECT_LE(guard.time_left(), 1h);
  guard.disarm();
  EXPECT_EQ(guard.time_left(), std::nullopt);
}

// What has to end before it fires gets what it asks for, or most of what is left, however little that is.
TEST(stop_watchdog, GivesTimeForWhatHasToEndBefore) {
  watchdog guard([](int) {});
  EXPECT_EQ(guard.time_for(2s), 2s);
  guard.arm(clock::now() + 1h, 4);
  EXPECT_EQ(guard.time_for(2s), 2s);
  guard.arm(clock::now() + 10s, 4);
  const auto most = guard.time_for(20s);
  EXPECT_LE(most, 9950ms);
  EXPECT_GE(most, 5s);
  bool seen = false;
  for (int i = 0; i < 100 && !seen; ++i) {  // it fires on its own, before our look if the machine is busy
    watchdog brief([](int) {});
    brief.arm(clock::now() + 100ms, 4);
    const auto left = brief.time_left();
    const auto given = brief.time_for(2s);
    seen = brief.time_left().has_value();
    if (!seen) continue;
    EXPECT_LE(given, *left * 3 / 4 + 1ms);
    EXPECT_GE(given, 0ms);
  }
  EXPECT_TRUE(seen);
}

// Disarmed or destroyed in time, it does not fire; and it ends at once.
TEST(stop_watchdog, DoesNotFireWhenDisarmed) {
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
TEST(stop_watchdog, EndsTheProcessWithItsMessage) {
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

// Whoever reads stderr may be stuck: the message is dropped then, and the exit comes all the same.
TEST(stop_watchdog, IsNotHeldUpByAFullStderr) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        int ends[2];
        if (::pipe2(ends, O_NONBLOCK) != 0) ::_exit(1);
        while (::write(ends[1], "################", 16) > 0) {
        }
        ::fcntl(ends[1], F_SETFL, 0);
        ::dup2(ends[1], STDERR_FILENO);
        watchdog guard;
        guard.arm(clock::now() + 10ms, 4);
        ::sleep(10);
      },
      testing::ExitedWithCode(4), "");
}

/// Stops this process for so long.
void stop_and_continue(std::chrono::milliseconds gap) {
  const pid_t stopped = ::getpid();
  if (::fork() == 0) {
    std::this_thread::sleep_for(gap);
    ::kill(stopped, SIGCONT);
    ::_exit(0);
  }
  ::raise(SIGSTOP);
}

// A gap in which the process did not run, over the deadline: what is about to end gets a moment to do so.
TEST(stop_watchdog, GivesAMomentAfterAGap) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        watchdog guard;
        guard.arm(clock::now() + 1s, 4);
        stop_and_continue(2200ms);
        if (!guard.extended_to()) ::_exit(1);
        std::this_thread::sleep_for(100ms);
        ::_exit(7);
      },
      testing::ExitedWithCode(7), "");
}

// The moment has an end, too.
TEST(stop_watchdog, FiresAfterTheMoment) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto begin = clock::now();
  EXPECT_EXIT(
      {
        watchdog guard;
        guard.arm(clock::now() + 200ms, 4);
        stop_and_continue(600ms);
        ::sleep(50);
      },
      testing::ExitedWithCode(4), "");
  EXPECT_LT(clock::now() - begin, 45s);
}

/// Lets this process run for a tenth of the time, for at most 40 s, as a control group's quota does.
void throttle() {
  const pid_t throttled = ::getpid();
  if (::fork() != 0) return;
  for (int i = 0; i < 400 && ::getppid() == throttled; ++i) {
    ::kill(throttled, SIGSTOP);
    std::this_thread::sleep_for(90ms);
    ::kill(throttled, SIGCONT);
    std::this_thread::sleep_for(10ms);
  }
  ::_exit(0);
}

// Gaps without end put it off by a second of running time, not for ever.
TEST(stop_watchdog, FiresInAProcessThatHardlyRuns) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        watchdog guard;
        guard.arm(clock::now() + 200ms, 4);
        throttle();
        ::sleep(35);
      },
      testing::ExitedWithCode(4), "");
}

// A gap that leaves time enough extends nothing, and a look from any thread shows that the process runs.
TEST(stop_watchdog, ExtendsNothingWithoutNeed) {
  watchdog guard([](int) {});
  guard.arm(clock::now() + 1h, 4);
  EXPECT_EQ(guard.extended_to(), std::nullopt);
}

// Armed for an earlier deadline, a later one changes nothing.
TEST(stop_watchdog, TheEarlierDeadlineHolds) {
  std::promise<int> code;
  watchdog guard([&](int c) { code.set_value(c); });
  guard.arm(clock::now() + 10ms, 4);
  guard.arm(clock::now() + 1h, 1);
  auto fired = code.get_future();
  ASSERT_EQ(fired.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(fired.get(), 4);
}

// A description of any length is cut to the buffer.
TEST(stop_watchdog, CutsALongDescription) {
  std::promise<void> done;
  watchdog guard([&](int) { done.set_value(); });
  guard.describe(std::string(10'000, 'x'));
  guard.arm(clock::now(), 4);
  EXPECT_EQ(done.get_future().wait_for(30s), std::future_status::ready);
}

}  // namespace
}  // namespace sundown::test
