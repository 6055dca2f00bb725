// What each signal means, once and repeated.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"

#include <thread>

namespace sundown::test {
namespace {

/// The moments of a scenario: time is here what is tested, not a means to wait for something.
void at(clock::time_point from, milliseconds offset) { std::this_thread::sleep_until(from + offset); }

// A second Ctrl-C ends the process within 100 ms with 130, whatever is still under way, and the log is complete.
TEST(StopSignals, SecondInterruptForcesTheExit) {
  const auto took = fastest(slack(100ms), [] {
    running app;
    const auto stuck = connect_each(app.http(), 1, get("/demo/sleep?ms=600000"));
    EXPECT_TRUE(app.wait_all_read());
    app.signal(SIGINT);
    at(app.process().signalled(), 600ms);
    app.signal(SIGINT);
    const auto end = expect_exit(app, 130, slack(1s));
    EXPECT_EQ(report_of(app).exit_code, 130);
    return end.after_signal;
  });
  EXPECT_LE(took, slack(100ms));
}

// Two interrupts within half a second are one press (a terminal and a wrapper may both send it): the drain goes on.
TEST(StopSignals, BouncedInterruptIsOne) {
  running app;
  held_requests requests(app.http(), 3);
  app.signal(SIGINT);
  at(app.process().signalled(), 50ms);
  stop(app, SIGINT);
  requests.finish();
  expect_exit(app, 0, slack(2s));
}

// Orchestrators may repeat SIGTERM: it neither shortens nor prolongs the drain.
TEST(StopSignals, RepeatedTermChangesNothing) {
  running app;
  held_requests requests(app.http(), 10);
  stop(app, SIGTERM);
  const auto first = app.process().signalled();
  for (int i = 1; i <= 20; ++i) {
    at(first, i * 30ms);
    app.signal(SIGTERM);
  }
  requests.finish();
  expect_exit(app, 0, slack(1s));
}

// SIGQUIT is the fast stop: under a second, with what was under way cut and named, and why.
TEST(StopSignals, QuitCutsWhatIsUnderWay) {
  running app;
  const auto stuck = connect_each(app.http(), 5, get("/demo/sleep?ms=600000"));
  ASSERT_TRUE(app.wait_all_read());
  app.signal(SIGQUIT);
  expect_exit(app, 3, slack(1s));
  const auto report = report_of(app);
  EXPECT_EQ(report.cut.size(), 5U) << report.text;
  for (const auto& each : report.cut) EXPECT_EQ(each.why, "fast stop") << report.text;
}

// With nothing under way there is nothing to cut: SIGQUIT exits with 0.
TEST(StopSignals, QuitOfAnIdleServiceIsClean) {
  running app;
  const auto idle = connect_each(app.http(), 5);
  app.signal(SIGQUIT);
  expect_exit(app, 0, slack(1s));
}

// SIGQUIT speeds up a drain that is under way.
TEST(StopSignals, QuitSpeedsUpADrain) {
  running app;
  const auto stuck = connect_each(app.http(), 1, get("/demo/sleep?ms=600000"));
  ASSERT_TRUE(app.wait_all_read());
  app.signal(SIGTERM);
  at(app.process().signalled(), 200ms);
  app.signal(SIGQUIT);
  expect_exit(app, 3, slack(1s));
}

// SIGHUP never ends the service: not at start, not while it serves, not while it drains.
TEST(StopSignals, HangupNeverEndsIt) {
  service app;
  ASSERT_TRUE(app.process().wait_handles(SIGHUP));
  app.signal(SIGHUP);
  ASSERT_TRUE(app.wait_ready()) << app.log();
  for (int i = 0; i < 5; ++i) {
    app.signal(SIGHUP);
    EXPECT_EQ(ask(app.http(), get("/hello")).body, "Hello, World!");
  }
  held_requests requests(app.http(), 3);
  stop(app, SIGTERM);
  app.signal(SIGHUP);
  requests.finish();
  expect_exit(app, 0, slack(1s));
}

}  // namespace
}  // namespace sundown::test
