// The process doesn't run for a while in the middle of its stop: it is paused with its container, or stopped by hand.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"

#include <thread>

namespace sundown::test {
namespace {

/// Sends SIGTERM, lets the process run for `before`, and stops it for `gap`.
exit_report stop_with_gap(service& app, milliseconds before, milliseconds gap) {
  app.signal(SIGTERM);
  std::this_thread::sleep_for(before);
  app.signal(SIGSTOP);
  std::this_thread::sleep_for(gap);
  app.signal(SIGCONT);
  const auto end = app.wait_exit();
  if (!end) throw std::runtime_error("the service did not exit\n" + app.log());
  return *end;
}

// However long the gap and wherever in the stop it begins: the stop ends in its order, with its report.
TEST(StopAfterGap, EndsWithItsReport) {
  for (const auto before : {0ms, 50ms, 300ms, 600ms, 800ms}) {
    for (const auto gap : {100ms, 250ms, 1500ms}) {
      SCOPED_TRACE(std::to_string(before.count()) + " + " + std::to_string(gap.count()) + " ms");
      const auto took = fastest(slack(1300ms), [&] {
        running app(with({{"SUNDOWN_SHUTDOWN__TOTAL", "1s"}}));
        auto busy = connected(app.http());
        EXPECT_EQ(busy.send(get("/demo/sleep?ms=400")), sending::sent);
        EXPECT_TRUE(app.wait_all_read());
        const auto end = stop_with_gap(app, before, gap);
        EXPECT_EQ(end.code, report_of(app).exit_code) << end.describe();
        EXPECT_NE(end.code, 4) << end.describe();
        return end.after_signal;
      });
      EXPECT_LE(took, slack(1300ms));
    }
  }
}

// What was about to end by itself does so: the gap alone cuts nothing.
TEST(StopAfterGap, CutsNothingThatIsAboutToEnd) {
  running app(with({{"SUNDOWN_SHUTDOWN__TOTAL", "2s"}}));
  auto busy = connected(app.http());
  ASSERT_EQ(busy.send(get("/demo/sleep?ms=700")), sending::sent);
  ASSERT_TRUE(app.wait_all_read());
  EXPECT_EQ(stop_with_gap(app, 200ms, 2500ms).code, 0);
  EXPECT_EQ(busy.read_response().status, 200);
  EXPECT_TRUE(report_of(app).cut.empty());
}

}  // namespace
}  // namespace sundown::test
