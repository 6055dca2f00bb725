// A signal that comes before the service is ready.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"

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

/// Whether it ended with 0: a stop by SIGQUIT has a second in all, in which a machine may stand still.
bool stop_at(int signal, std::chrono::microseconds offset) {
  SCOPED_TRACE("signal " + std::to_string(signal) + " after " + std::to_string(offset.count()) + " us");
  service app;
  EXPECT_TRUE(app.process().wait_handles(signal)) << app.log();
  std::this_thread::sleep_until(clock::now() + offset);
  app.signal(signal);
  const auto end = app.wait_exit();
  if (!end) throw std::runtime_error("it did not exit\n" + app.log());
  if (signal == SIGQUIT && end->code == 3 && closing_overran(app)) return false;
  EXPECT_EQ(end->code, 0) << end->describe();
  EXPECT_LE(end->after_signal, promptly) << end->describe();
  return true;
}

// SIGTERM at any moment of the start-up, from the first at which the kernel would not kill the process itself, ends in
// exit 0, promptly. Sixty moments, spread over somewhat more than the whole start.
TEST(StopAtStartup, TermAtAnyMomentExitsCleanly) {
  constexpr int moments = 60;
  const std::chrono::microseconds span = start_time() * 5 / 4;
  for (int i = 0; i < moments && !HasFailure(); ++i) stop_at(SIGTERM, span * i / moments);
}

// So does SIGINT, and SIGQUIT as a rule.
TEST(StopAtStartup, OtherStopSignalsToo) {
  constexpr int moments = 8;
  const std::chrono::microseconds span = start_time() * 5 / 4;
  int clean = 0;
  for (int i = 0; i < moments && !HasFailure(); ++i) {
    stop_at(SIGINT, span * i / moments);
    clean += stop_at(SIGQUIT, span * i / moments) ? 1 : 0;
  }
  EXPECT_GE(clean, moments / 2);
}

}  // namespace
}  // namespace sundown::test
