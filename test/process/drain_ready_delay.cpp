// Readiness goes off before the port closes, so that load balancers notice in time.
#include "process/scenario.hpp"

#include <thread>
#include <utility>

namespace sundown::test {
namespace {

settings delayed(const std::string& least, const std::string& most) {
  return patient({{"SUNDOWN_SHUTDOWN__READY_DELAY__MIN", least}, {"SUNDOWN_SHUTDOWN__READY_DELAY__MAX", most}});
}

// From the signal on /ready says 503 and /live 200, while new connections are served, and told to close.
TEST(DrainReadyDelay, ServesWhileItIsNotReady) {
  running app(with(delayed("1m", "1m")));
  EXPECT_EQ(ask(app.admin(), get("/ready")).status, 200);
  stop(app, SIGTERM);
  for (int i = 1; i <= 10; ++i) {
    std::this_thread::sleep_until(app.process().signalled() + i * 100ms);
    EXPECT_EQ(ask(app.admin(), get("/ready")).status, 503);
    EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
    auto client = connected(app.http());
    ASSERT_EQ(client.send(get("/hello")), sending::sent);
    expect_last_answer(client);
  }
}

// It ends early, one second after the last new connection, not before the minimum.
TEST(DrainReadyDelay, EndsOnceNobodyNewComes) {
  running app(with(delayed("400ms", "1m")));
  app.signal(SIGTERM);
  EXPECT_GE(expect_exit(app, 0, 1s + promptly).after_signal, 400ms);
}

// It ends at the maximum even though new connections keep coming; earlier only if none came for a second, as on a
// machine that has stood still.
TEST(DrainReadyDelay, EndsAtItsMaximum) {
  running app(with(delayed("100ms", "1200ms")));
  app.signal(SIGTERM);
  raw_client client;
  auto longest_gap = 0ms;
  for (auto last = app.process().signalled(); client.connect(app.http()) == connecting::connected;) {
    ASSERT_EQ(client.send(get("/hello")), sending::sent);
    ASSERT_TRUE(client.read_response().whole());
    client.close();
    const auto now = clock::now();
    longest_gap = std::max(longest_gap, between(std::exchange(last, now), now));
  }
  const auto end = expect_exit(app, 0, 1200ms + promptly);
  EXPECT_TRUE(end.after_signal >= 1200ms || longest_gap >= 500ms) << end.describe();
}

// SIGINT comes from a person at a terminal: no delay.
TEST(DrainReadyDelay, IsSkippedOnInterrupt) {
  running app(with(delayed("1m", "1m")));
  app.signal(SIGINT);
  expect_exit(app, 0, promptly);
}

}  // namespace
}  // namespace sundown::test
