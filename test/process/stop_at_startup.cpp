// A signal that comes before the service is ready.
#include "process/scenario.hpp"

#include <thread>

namespace sundown::test {
namespace {

/// How long a start takes, from the moment at which SIGTERM is handled to the ready line.
milliseconds start_time() {
  service app;
  EXPECT_TRUE(app.process().wait_handles(SIGTERM));
  const auto from = clock::now();
  EXPECT_TRUE(app.wait_ready());
  return std::max(between(from, clock::now()), 5ms);
}

void stop_at(int signal, std::chrono::microseconds offset) {
  SCOPED_TRACE("signal " + std::to_string(signal) + " after " + std::to_string(offset.count()) + " us");
  service app;
  ASSERT_TRUE(app.process().wait_handles(signal)) << app.log();
  std::this_thread::sleep_until(clock::now() + offset);
  app.signal(signal);
  expect_exit(app, 0, promptly);
}

// SIGTERM at any moment of the start-up, from the first at which the kernel would not kill the process itself, ends in
// exit 0, promptly. Sixty moments, spread over somewhat more than the whole start.
TEST(StopAtStartup, TermAtAnyMomentExitsCleanly) {
  constexpr int moments = 60;
  const std::chrono::microseconds span = start_time() * 5 / 4;
  for (int i = 0; i < moments && !HasFailure(); ++i) stop_at(SIGTERM, span * i / moments);
}

// So does SIGINT, and SIGQUIT.
TEST(StopAtStartup, OtherStopSignalsToo) {
  constexpr int moments = 8;
  const std::chrono::microseconds span = start_time() * 5 / 4;
  for (int i = 0; i < moments && !HasFailure(); ++i) {
    stop_at(SIGINT, span * i / moments);
    stop_at(SIGQUIT, span * i / moments);
  }
}

}  // namespace
}  // namespace sundown::test
