// A stop when the process has no file descriptor left: clients wait in the kernel's queue, and close(2) would reset
// them.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"
#include "support/testing.hpp"
#include "wire/socket_table.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include <sys/resource.h>

namespace sundown::test {
namespace {

using testing::Contains;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;

/// Lets the process open only so many descriptors more.
void leave_room(service& app, std::size_t more) {
  const auto pid = app.process().pid();
  std::set<rlim_t> open;
  for (const auto& one : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
    open.insert(std::stoul(one.path().filename()));
  rlim_t limit = 0;
  for (std::size_t free = 0; free < more; ++limit)
    if (!open.contains(limit)) ++free;
  const rlimit both{limit, limit};
  ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, &both, nullptr), 0) << std::strerror(errno);
}

/// Clients that wait to be accepted.
std::size_t queued(const endpoint& at) {
  std::size_t sum = 0;
  for (const auto& one : socket_table())
    if (one.listening && one.local_port == at.port) sum += one.unread;
  return sum;
}

// Those inside end with their answers, and make room for those who wait: each is answered. One worker: of several, each
// by itself would stop a descriptor earlier or later, by who came to whom.
TEST(StopWithoutDescriptors, AnswersThoseWhoWait) {
  running app(with(patient({{"SUNDOWN_HTTP__WORKERS", "1"}, {"SUNDOWN_SHUTDOWN__IDLE_GRACE", "5s"}})));
  leave_room(app, 4);
  held_requests inside(app.http(), 3);  // and one descriptor is spared
  ASSERT_TRUE(app.wait_all_read());
  auto clients = connect_each(app.http(), 16, get("/hello"));
  ASSERT_TRUE(eventually(ample, [&] { return queued(app.http()) == 16; }));
  app.signal(SIGTERM);
  ASSERT_TRUE(app.process().out().wait_for("stop: listeners"));
  inside.finish();
  for (auto& client : clients) {
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 200) << answer.describe();
    EXPECT_EQ(client.read_until_end(), ending::fin);
  }
  expect_exit(app, 0, ample);
  const auto report = report_of(app);
  // Who came in before the stop, by a descriptor that the start still had in use, was not waiting any more.
  const auto inside_before = report.connections_at_signal - 3;
  EXPECT_THAT(inside_before, Le(1));
  EXPECT_EQ(report.swept, 16 - inside_before) << report.text;
  EXPECT_THAT(report.cut, IsEmpty());
}

// Where handlers hold the descriptors up to the hard cancel, those who wait come in then, and hear 503.
TEST(StopWithoutDescriptors, RefusesInWordsAfterTheHardCancel) {
  running app(with(patient({{"SUNDOWN_SHUTDOWN__HARD_CANCEL", "1s"}})));
  leave_room(app, 4);
  auto clients = connect_each(app.http(), 12, get("/demo/sleep?ms=60000"));
  ASSERT_TRUE(eventually(ample, [&] { return queued(app.http()) == 8; }));
  app.signal(SIGTERM);
  for (auto& client : clients) {
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 503) << answer.describe();
    EXPECT_EQ(client.read_until_end(), ending::fin);
  }
  expect_exit(app, 3, 1s + promptly);
  EXPECT_THAT(report_of(app).cut, Each(Field(&cut_entry::why, "hard_cancel")));
}

// Where none becomes free the stop is in time all the same, and says who was lost.
TEST(StopWithoutDescriptors, SaysWhoWasLost) {
  running app(
      with({{"SUNDOWN_SHUTDOWN__TOTAL", "3m"}, {"SUNDOWN_SHUTDOWN__DRAIN", "2s"}, {"SUNDOWN_HTTP__WORKERS", "1"}}));
  leave_room(app, 0);
  auto clients = connect_each(app.http(), 3, get("/hello"));
  app.signal(SIGTERM);
  for (auto& client : clients) EXPECT_EQ(client.read_until_end(), ending::rst);
  expect_exit(app, 3, 2s + promptly);
  const auto report = report_of(app);
  EXPECT_THAT(report.cut, Contains(Field(&cut_entry::what, "3 in the accept queue"))) << report.text;
}

// A flood of requests that take long leaves descriptors to everything else: the probes answer. Whoever waits is
// answered when the service stops.
TEST(WithoutDescriptors, ProbesAnswerInAFlood) {
  auto how = with(patient());
  how.open_files = 160;
  running app(how);
  held_requests most(app.http(), 90);
  ASSERT_TRUE(app.wait_all_read());  // or some would make room for the others: they have said nothing yet
  held_requests others(app.http(), 50);
  auto clients = connect_each(app.http(), 160, get("/hello"));
  ASSERT_TRUE(eventually(ample, [&] { return queued(app.http()) > 100 && queued(app.http()) < 250; }));
  EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  EXPECT_EQ(ask(app.admin(), get("/ready")).status, 200);
  EXPECT_EQ(ask(app.admin(), get("/metrics")).status, 200);
  const auto warning = "clients wait until connections end";
  EXPECT_TRUE(app.process().out().wait_for(warning));
  const auto lines = app.process().out().lines();
  const auto warnings = std::count_if(lines.begin(), lines.end(),
                                      [&](const auto& line) { return line.find(warning) != std::string::npos; });
  EXPECT_THAT(warnings, Le(2)) << app.log();  // once of each worker that is short of them
  app.signal(SIGTERM);
  ASSERT_TRUE(app.process().out().wait_for("stop: listeners"));  // no probe: whoever waits takes what is left
  most.finish();
  others.finish();
  for (auto& client : clients) {
    EXPECT_EQ(client.read_response().status, 200);
    client.close();
  }
  expect_exit(app, 0, ample);
  EXPECT_THAT(report_of(app).cut, IsEmpty());
}

// While it serves, a connection that ends makes room for the next at once, not when accepting is tried again by the
// clock.
TEST(WithoutDescriptors, ServesTheNextAsSoonAsOneEnds) {
  const auto took = fastest(slack(100ms), [] {
    running app(with({{"SUNDOWN_HTTP__WORKERS", "1"}}));
    leave_room(app, 1);
    auto inside = connected(app.http());
    inside.send("GET /hel");
    auto waiting = connected(app.http());
    waiting.send(get("/hello"));
    EXPECT_EQ(waiting.read_some(1, 1500ms), ending::timed_out);
    const auto begin = clock::now();
    inside.close();
    EXPECT_EQ(waiting.read_response().status, 200);
    return between(begin, clock::now());
  });
  EXPECT_LE(took, slack(100ms));
}

}  // namespace
}  // namespace sundown::test
