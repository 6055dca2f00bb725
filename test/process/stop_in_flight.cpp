// What a stop does with requests that are under way, and how long it takes.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::AnyOf;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::SizeIs;

// Fifty requests that are under way at SIGTERM all get whole answers that say close, and the process exits
// with 0 within 100 ms of the last.
TEST(StopInFlight, FinishesFiftyRequests) {
  const auto after_last = fastest(slack(100ms), [] {
    running app(with(patient()));
    held_requests requests(app.http(), 50);
    EXPECT_TRUE(app.wait_all_read());
    stop(app, SIGTERM);
    requests.finish();
    const auto last = clock::now();
    const auto end = expect_exit(app, 0, ample);
    const auto report = report_of(app);
    EXPECT_EQ(report.completed, 50) << report.text;
    EXPECT_THAT(report.cut, SizeIs(0)) << report.text;
    return between(last, end.at);
  });
  EXPECT_LE(after_last, slack(100ms));
}

// A server that nobody is connected to exits within 100 ms: nothing sleeps or polls.
TEST(StopInFlight, ExitsAtOnceWhenIdle) {
  const auto took = fastest(slack(100ms), [] {
    running app;
    app.signal(SIGTERM);
    return expect_exit(app, 0, ample).after_signal;
  });
  EXPECT_LE(took, slack(100ms));
}

// With every worker thread blocked in a handler the exit still comes by the total, by force, and the report names the
// route that held it up.
TEST(StopInFlight, ExitsInTimeWithEveryWorkerBlocked) {
  running app(with({{"SUNDOWN_SHUTDOWN__TOTAL", "2s"}}));
  const auto blockers = connect_each(app.http(), 16, get("/demo/block?ms=60000"));
  // No worker is left once none of many new connections is answered; they are spread over all workers.
  const auto all_blocked = [&] {
    auto probes = connect_each(app.http(), 8, get("/hello"));
    const deadline end(slack(150ms));
    return std::none_of(probes.begin(), probes.end(), [&](auto& one) { return one.read_response(end.left()).whole(); });
  };
  while (!all_blocked()) ASSERT_TRUE(app.process().out().wait_for("ready", 0ms));
  app.signal(SIGTERM);
  const auto end = app.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_THAT(end->code, AnyOf(3, 4));
  EXPECT_LE(end->after_signal, 2s + promptly) << end->describe();
  const auto report = report_of(app);
  EXPECT_EQ(report.exit_code, end->code);
  EXPECT_THAT(report.text, HasSubstr("/demo/block"));
  EXPECT_THAT(app.process().out().lines().back(), HasSubstr("/demo/block"));
}

// The probes work while every worker is blocked: signals, timers and the admin port have threads of their own.
TEST(StopInFlight, AnswersProbesWithEveryWorkerBlocked) {
  running app(with(patient()));
  const auto blockers = connect_each(app.http(), 16, get("/demo/block?ms=60000"));
  EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  EXPECT_EQ(ask(app.admin(), get("/ready")).status, 200);
  stop(app, SIGTERM);
  EXPECT_EQ(ask(app.admin(), get("/ready")).status, 503);
  EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
}

// Handlers that never end are cancelled: their clients get a whole 503 that says when to come again, and the exit
// comes with code 3, each of them named.
TEST(StopInFlight, CancelsEndlessHandlers) {
  running app(with(patient({{"SUNDOWN_SHUTDOWN__HARD_CANCEL", "1s"}})));
  auto clients = connect_each(app.http(), 5, get("/demo/sleep?ms=600000"));
  ASSERT_TRUE(app.wait_all_read());
  app.signal(SIGTERM);
  for (auto& client : clients) {
    const auto answer = client.read_response();
    EXPECT_TRUE(answer.whole()) << answer.describe();
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.field("retry-after"));
    EXPECT_TRUE(answer.says_close()) << answer.describe();
  }
  expect_exit(app, 3, 1s + promptly);
  const auto report = report_of(app);
  EXPECT_EQ(report.exit_code, 3);
  EXPECT_EQ(report.refused, 5) << report.text;
  EXPECT_THAT(report.text, HasSubstr("/demo/sleep"));
}

// SIGINT at a terminal is the same drain as SIGTERM.
TEST(StopInFlight, FinishesRequestsOnInterruptToo) {
  running app(with(patient()));
  held_requests requests(app.http(), 5);
  stop(app, SIGINT);
  requests.finish();
  expect_exit(app, 0, promptly);
}

}  // namespace
}  // namespace sundown::test
