#include "process/signal_watch.hpp"
#include "base/blocked_signals.hpp"
#include "stop/watchdog.hpp"
#include "support/testing.hpp"

#include <sundown/stop/report.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <future>
#include <memory>
#include <thread>

#include <unistd.h>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;

/// Real signals to this process, in which no control plane runs: it counts as blocked for ever.
class signal_watch : public testing::Test {
 protected:
  /// The code with which the watchdog fires, and when.
  int fired() {
    auto code = code_.get_future();
    if (code.wait_for(3 * ample) != std::future_status::ready) return -1;
    took_ = clock::now() - begin_;
    return code.get();
  }
  void send(int number) {
    begin_ = clock::now();
    ::kill(::getpid(), number);
  }

  const base::blocked_signals as_in_main_;
  std::promise<int> code_;
  stop::watchdog last_resort_{[this](int code) { code_.set_value(code); }};
  process::signal_watch watch_{last_resort_, 40ms};
  clock::time_point begin_;
  clock::duration took_{};
};

// From the signal on the stop is bounded, though nobody begins it.
TEST_F(signal_watch, ArmsTheWatchdogByTheSignal) {
  watch_.plan(200ms);
  send(SIGTERM);
  EXPECT_EQ(fired(), stop::watchdog_fired);
  EXPECT_GE(took_, 200ms);
  EXPECT_LT(took_, 5s);
}

// The total may become known later; it counts from the signal.
TEST_F(signal_watch, PlanThatComesLaterCountsFromTheSignal) {
  send(SIGTERM);
  ASSERT_TRUE(eventually(ample, [&] { return last_resort_.time_left().has_value(); }));
  EXPECT_LE(watch_.stop_asked_at(), clock::now());
  watch_.plan(100ms);
  EXPECT_EQ(fired(), stop::watchdog_fired);
  EXPECT_LT(took_, 5s);
}

// A repeated signal extends nothing.
TEST_F(signal_watch, RepeatedSignalChangesNothing) {
  watch_.plan(2s);
  send(SIGTERM);
  ASSERT_TRUE(eventually(ample, [&] { return last_resort_.time_left().has_value(); }));
  const auto asked = watch_.stop_asked_at();
  for (int i = 0; i < 10; ++i) {
    ::kill(::getpid(), SIGTERM);
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(watch_.stop_asked_at(), asked);
  EXPECT_EQ(fired(), stop::watchdog_fired);
  EXPECT_GE(took_, 2s);
}

// SIGQUIT has a second.
TEST_F(signal_watch, QuitHasASecond) {
  watch_.plan(1h);
  send(SIGQUIT);
  EXPECT_EQ(fired(), stop::watchdog_fired);
  EXPECT_GE(took_, 1s);
}

// A second SIGINT, not within the bounce, asks for the exit at once, and has its code.
TEST_F(signal_watch, SecondInterruptHasASecond) {
  watch_.plan(1h);
  send(SIGINT);
  // The bounce begins when the first is heard.
  ASSERT_TRUE(eventually(ample, [&] { return last_resort_.time_left().has_value(); }));
  std::this_thread::sleep_for(100ms);  // longer than the bounce: time has to pass, there is nothing to wait for
  send(SIGINT);
  EXPECT_EQ(fired(), stop::second_interrupt);
}

extern "C" void take_no_notice(int) {}

// It ends under a flood of signals, too. What came is pending for this thread, and stays ignored.
TEST(SignalWatchEnd, ComesUnderAFlood) {
  const base::blocked_signals as_in_main;
  std::signal(SIGRTMIN + 1, take_no_notice);
  stop::watchdog last_resort([](int) {});
  auto watch = std::make_unique<process::signal_watch>(last_resort);
  std::atomic<bool> done{false};
  std::atomic<int> sent{0};
  const auto flood = [&, end = clock::now() + ample] {
    for (; !done && clock::now() < end; ++sent) ::kill(::getpid(), SIGRTMIN + 1);
  };
  std::thread one(flood), two(flood);
  while (sent < 1'000) std::this_thread::yield();
  const auto begin = clock::now();
  watch.reset();
  EXPECT_LT(clock::now() - begin, ample / 2);
  done = true;
  one.join();
  two.join();
}

}  // namespace
}  // namespace sundown::test
