// Readiness goes off before the port closes, so that load balancers notice in time.
#include "process/scenario.hpp"

#include <thread>

namespace sundown::test {
namespace {

const settings delayed{{"SUNDOWN_SHUTDOWN__READY_DELAY__MIN", "400ms"}, {"SUNDOWN_SHUTDOWN__READY_DELAY__MAX", "3s"}};

// From the signal on /ready says 503 and /live 200, while new connections are served, and told to close.
TEST(DrainReadyDelay, ServesWhileItIsNotReady) {
  running app(with(delayed));
  EXPECT_EQ(ask(app.admin(), get("/ready")).status, 200);
  app.signal(SIGTERM);
  const auto from = app.process().signalled();
  for (int i = 1; i <= 10; ++i) {
    std::this_thread::sleep_until(from + i * 100ms);
    EXPECT_EQ(ask(app.admin(), get("/ready")).status, 503);
    EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
    auto client = connected(app.http());
    ASSERT_EQ(client.send(get("/hello")), sending::sent);
    expect_last_answer(client);
  }
  expect_exit(app, 0, 3s + slack(1s));
}

// It ends early, one second after the last new connection, not before the minimum.
TEST(DrainReadyDelay, EndsOnceNobodyNewComes) {
  running app(with(delayed));
  app.signal(SIGTERM);
  EXPECT_GE(expect_exit(app, 0, 1s + slack(700ms)).after_signal, 400ms);
}

// It ends at the maximum even though new connections keep coming.
TEST(DrainReadyDelay, EndsAtItsMaximum) {
  running app(
      with({{"SUNDOWN_SHUTDOWN__READY_DELAY__MIN", "100ms"}, {"SUNDOWN_SHUTDOWN__READY_DELAY__MAX", "1200ms"}}));
  app.signal(SIGTERM);
  raw_client client;
  while (client.connect(app.http()) == connecting::connected) {
    ASSERT_EQ(client.send(get("/hello")), sending::sent);
    ASSERT_TRUE(client.read_response().whole());
    client.close();
  }
  const auto end = expect_exit(app, 0, 1200ms + slack(2s));
  EXPECT_GE(end.after_signal, 1200ms);
}

// SIGINT comes from a person at a terminal: no delay.
TEST(DrainReadyDelay, IsSkippedOnInterrupt) {
  running app(with(delayed));
  app.signal(SIGINT);
  expect_exit(app, 0, slack(300ms));
}

}  // namespace
}  // namespace sundown::test
