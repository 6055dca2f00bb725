// Connections that are open and idle, or have not said anything yet, when the service stops.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"

#include <sys/resource.h>

#include <thread>

namespace sundown::test {
namespace {

/// Both ends of so many connections need descriptors; the service inherits the limit.
bool allow_descriptors(rlim_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= count) return true;
  limit.rlim_cur = std::min(count, limit.rlim_max);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= count;
}

/// Idle connections: every second one has had an answer before, the others have not sent a byte.
std::vector<raw_client> idle_connections(const endpoint& where, std::size_t count) {
  auto clients = connect_each(where, count);
  for (std::size_t i = 0; i < count; i += 2) {
    EXPECT_EQ(clients[i].send(get("/hello")), sending::sent);
    EXPECT_TRUE(clients[i].read_response().whole());
  }
  return clients;
}

/// None of them closes anything itself before the exit, which must not wait for them.
void expect_fin_each(std::vector<raw_client>& clients) {
  std::map<std::string, std::size_t> endings;
  for (auto& client : clients) ++endings[to_string(client.read_until_end())];
  EXPECT_EQ(endings, (std::map<std::string, std::size_t>{{"FIN", clients.size()}}));
}

/// Ends them without the minute of TIME_WAIT for each that would slow down the tests that come after.
void forget(std::vector<raw_client>& clients) {
  for (auto& client : clients) client.reset();
}

// A request that comes 30 ms after the signal on an idle connection was on its way already: it gets a whole 200 that
// says close, on connections that had requests before as on those that had none.
TEST(DrainIdle, AnswersALateRequest) {
  running app(with(patient()));
  auto clients = idle_connections(app.http(), 40);
  stop(app, SIGTERM);
  std::this_thread::sleep_until(app.process().signalled() + 30ms);
  for (auto& client : clients) EXPECT_EQ(client.send(get("/hello")), sending::sent);
  for (auto& client : clients) expect_last_answer(client);
  expect_exit(app, 0, promptly);
  EXPECT_EQ(report_of(app).completed, 40);
}

/// From the signal to the exit of a service with so many idle connections, which all see FIN.
milliseconds end_of_idle(std::size_t count) {
  running app(with(patient_with_answers()));
  auto clients = idle_connections(app.http(), count);
  app.signal(SIGTERM);
  expect_fin_each(clients);
  const auto end = expect_exit(app, 0, ample);
  forget(clients);
  return end.after_signal;
}

// A thousand idle connections all see FIN, never RST, and the exit comes within idle_grace + 300 ms.
TEST(DrainIdle, EndsAThousandConnectionsInOrder) {
  if (!allow_descriptors(2200)) GTEST_SKIP() << "needs 2200 file descriptors: ulimit -n 2200";
  const auto took = fastest(500ms + slack(300ms), [] { return end_of_idle(1000); });
  EXPECT_LE(took, 500ms + slack(300ms));
}

// Ten thousand: one second more than the grace.
TEST(DrainIdle, EndsTenThousandConnectionsInOrder) {
  if (!allow_descriptors(10'200)) GTEST_SKIP() << "needs 10200 file descriptors: ulimit -n 10200";
  const auto took = fastest(500ms + slack(1s), [] { return end_of_idle(10'000); });
  EXPECT_LE(took, 500ms + slack(1s));
}

// A client that has gone without a word, by RST, disturbs nobody.
TEST(DrainIdle, ForgetsClientsThatReset) {
  running app(with(patient()));
  auto gone = idle_connections(app.http(), 20);
  held_requests others(app.http(), 5);
  stop(app, SIGTERM);
  for (auto& client : gone) client.reset();
  others.finish();
  expect_exit(app, 0, promptly);
}

}  // namespace
}  // namespace sundown::test
