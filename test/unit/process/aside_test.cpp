// A call that may never return, beside the control plane.
#include "process/aside.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;

std::atomic<int> ended{0};

/// As a library's, which tidies up behind each of its threads.
struct slow_farewell {
  ~slow_farewell() {
    std::this_thread::sleep_for(50ms);
    ++ended;
  }
  int used = 0;
};
thread_local slow_farewell farewell;

// Its thread is over with it, whether its result was waited for or not.
TEST(Aside, EndsWithItsThread) {
  ended = 0;
  for (const bool waits : {true, false}) {
    boost::asio::io_context control;
    int result = 0;
    {
      process::aside<int> call(control);
      call.start([] { return ++farewell.used; }, [&](int got) { result = got; });
      while (call.running()) std::this_thread::yield();
      if (waits) control.run_one();
    }
    EXPECT_EQ(ended, waits ? 1 : 2);
    EXPECT_EQ(result, waits ? 1 : 0);
    control.run();
    EXPECT_EQ(result, waits ? 1 : 0) << "told after its end";
  }
}

// Another call begins when the thread of the last one is over.
TEST(Aside, CallsAgain) {
  ended = 0;
  boost::asio::io_context control;
  process::aside<int> call(control);
  for (int i = 0; i < 3; ++i) {
    int result = 0;
    call.start([i] { return farewell.used = i + 1; }, [&](int got) { result = got; });
    EXPECT_EQ(ended, i);
    while (call.running()) std::this_thread::yield();
    control.restart();
    control.run_one();
    EXPECT_EQ(result, i + 1);
  }
}

}  // namespace
}  // namespace sundown::test
