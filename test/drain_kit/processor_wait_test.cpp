// What the kit grants for a machine that is busy otherwise.
#include "drain_kit/processor_wait.hpp"
#include "drain_kit/run.hpp"

#include <gtest/gtest.h>

#include <sched.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace sundown::testing::drain_kit {
namespace {

using namespace std::chrono_literals;

void spin_on_one_processor(std::chrono::milliseconds time) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(::sched_getcpu(), &only);
  const auto spin = [&] {
    ::sched_setaffinity(0, sizeof only, &only);
    for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) continue;
  };
  const std::jthread first(spin), second(spin);
  std::this_thread::sleep_for(time - 20ms);
}

// Two threads that share a processor wait for it half of the time, each; what was before the first look doesn't count.
TEST(ProcessorWait, CountsWhatThreadsWaitFor) {
  if (::access("/proc/self/schedstat", R_OK) != 0) GTEST_SKIP() << "the kernel has no schedstat (CONFIG_SCHED_INFO)";
  processor_wait waits(::getpid());
  waits.look();
  EXPECT_EQ(waits.longest(), 0ms);
  std::jthread looks([&waits](const std::stop_token& over) {
    for (; !over.stop_requested(); std::this_thread::sleep_for(10ms)) waits.look();
  });
  spin_on_one_processor(300ms);
  looks.request_stop();
  looks.join();
  EXPECT_GE(waits.longest(), 75ms);
}

// A process that there isn't waits for nothing.
TEST(ProcessorWait, OfNoProcess) {
  processor_wait waits(0);
  waits.look();
  EXPECT_EQ(waits.longest(), 0ms);
}

// A server that got no processor until it was asked can't have heard of its stop; one that had the time is to tell.
TEST(ProcessorWait, MayKeepASignalFromTheServer) {
  figures untold, told;
  untold.clients = told.clients = told.told_end = 20;
  untold.told_end = 19;
  const auto of = [](const figures& count, bool each_told_end, milliseconds after) {
    return kind_result{"late request", count, {}, each_told_end, after};
  };
  EXPECT_TRUE(of(untold, true, 30ms).asked_too_soon(30ms));
  EXPECT_FALSE(of(untold, true, 30ms).asked_too_soon(29ms));
  EXPECT_FALSE(of(told, true, 30ms).asked_too_soon(1s));
  EXPECT_FALSE(of(untold, false, 30ms).asked_too_soon(1s));
  EXPECT_FALSE(of(untold, true, 0ms).asked_too_soon(1s)) << "asked before the signal, answered behind it";
}

}  // namespace
}  // namespace sundown::testing::drain_kit
