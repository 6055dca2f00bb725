// What the service manager is told, by the protocol of sd_notify(3).
#include "process/scenario.hpp"
#include "support/testing.hpp"

#include <gmock/gmock.h>

#include <ctime>

namespace sundown::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> kinds(const std::vector<notice>& all) {
  std::vector<std::string> names;
  for (const auto& one : all) {
    const auto kind = one.text.substr(0, one.text.find('='));
    if (names.empty() || names.back() != kind) names.push_back(kind);  // the progress of a stop is one entry
  }
  return names;
}

class Notices : public testing::TestWithParam<bool> {
 protected:
  static std::string name(const temp_dir& directory) {
    const auto path = (directory / "notify").string();
    return GetParam() ? "@" + path : path;  // unique either way
  }

  temp_dir directory_;
  notify_socket manager_{name(directory_)};
};

// Ready when it serves, reloading around SIGHUP, stopping at the signal, and then how the stop comes along: in this
// order, to a path as well as to an abstract name.
TEST_P(Notices, TellStartReloadAndStop) {
  running app(with(patient({{"NOTIFY_SOCKET", manager_.name()}})));
  const auto ready = manager_.wait_for("READY=1");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->value("STATUS"), "serving on 127.0.0.1:" + std::to_string(app.http().port));
  EXPECT_EQ(ready->sender, app.process().pid());

  app.signal(SIGHUP);
  ASSERT_TRUE(manager_.wait_for("READY=1", 2));
  const auto reloading = manager_.notices().at(1);
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = std::stoll(reloading.value("MONOTONIC_USEC"));
  EXPECT_LE(microseconds, now.tv_sec * 1'000'000LL + now.tv_nsec / 1000);
  EXPECT_GE(microseconds, (now.tv_sec - 60) * 1'000'000LL);

  held_requests requests(app.http(), 2);
  stop(app, SIGTERM);
  ASSERT_TRUE(
      manager_.wait_for([](const notice& one) { return one.text.starts_with("STATUS=stopping: http 2 busy"); }));
  requests.finish();
  expect_exit(app, 0, ample);
  EXPECT_THAT(kinds(manager_.notices()), ElementsAre("READY", "RELOADING", "READY", "STOPPING", "STATUS"));
}

INSTANTIATE_TEST_SUITE_P(Sockets, Notices, testing::Bool(),
                         [](const auto& one) { return std::string(one.param ? "Abstract" : "Path"); });

// A reload that is asked for during a stop, or ends in it, doesn't call the service ready again.
TEST(NoticesOfAStop, AreTheLast) {
  const temp_dir directory;
  const notify_socket manager((directory / "notify").string());
  running app(with(patient({{"NOTIFY_SOCKET", manager.name()}})));
  ASSERT_TRUE(manager.wait_for("READY=1"));
  held_requests requests(app.http(), 1);
  ASSERT_TRUE(app.wait_all_read());
  app.signal(SIGHUP);  // both are heard at once, the reading is away from the control plane
  stop(app, SIGTERM);
  app.signal(SIGHUP);
  EXPECT_TRUE(eventually(ample, [&] {
    const auto lines = app.process().out().lines();
    return std::ranges::any_of(lines, [](const auto& one) { return one.find("\"reloaded\"") != one.npos; });
  }));
  requests.finish();
  expect_exit(app, 0, ample);
  const auto all = manager.notices();
  const auto stopping = std::ranges::find_if(all, [](const notice& one) { return one.says("STOPPING=1"); });
  ASSERT_NE(stopping, all.end());
  for (auto each = stopping; each != all.end(); ++each)
    EXPECT_FALSE(each->says("READY=1") || each->says("RELOADING=1")) << each->text;
}

/// The first notice from number `from` on that tells the stop's progress, with more time asked for or without.
std::optional<notice> progress(const notify_socket& manager, std::size_t from, bool more_time) {
  return manager.wait_for(
      [more_time](const notice& one) {
        return one.text.starts_with("STATUS=stopping: ") && one.value("EXTEND_TIMEOUT_USEC").empty() != more_time;
      },
      from);
}

// More time is asked for while the stop advances, not while it waits for one and the same request.
TEST(NoticesOfAStop, AskForMoreTimeOnlyWhileItAdvances) {
  const temp_dir directory;
  const notify_socket manager((directory / "notify").string());
  running app(with(patient({{"NOTIFY_SOCKET", manager.name()}})));
  held_requests first(app.http(), 1), second(app.http(), 1);
  ASSERT_TRUE(app.wait_all_read());
  stop(app, SIGTERM);
  EXPECT_TRUE(progress(manager, 0, true));   // it has just begun
  EXPECT_TRUE(progress(manager, 0, false));  // nothing has ended for a second
  const auto until_now = manager.notices().size();
  first.finish();
  EXPECT_TRUE(progress(manager, until_now, true));
  second.finish();
  expect_exit(app, 0, 2 * ample);
}

// Signs of life come twice per WATCHDOG_USEC, and stop while a worker's event loop is stuck, though all else goes on.
TEST(Watchdog, StopsWhileAWorkerIsStuck) {
  const temp_dir directory;
  const notify_socket manager((directory / "notify").string());
  running app(with({{"NOTIFY_SOCKET", manager.name()}, {"WATCHDOG_USEC", "100000"}, {"SUNDOWN_HTTP__WORKERS", "2"}}));
  ASSERT_TRUE(manager.wait_for("WATCHDOG=1", 5));
  auto blocked = connected(app.http());
  const auto to = clock::now() + 4s;  // it is stuck at least up to here
  ASSERT_EQ(blocked.send(get("/demo/block?ms=4000")), sending::sent);
  ASSERT_TRUE(app.wait_all_read());
  const auto from = clock::now() + 1s;  // a beat may be on its way
  EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  ASSERT_EQ(blocked.read_response().status, 200);
  const auto all = manager.notices();
  EXPECT_EQ(std::count_if(all.begin(), all.end(),
                          [&](const notice& one) { return one.says("WATCHDOG=1") && one.at > from && one.at < to; }),
            0);
  EXPECT_TRUE(manager.wait_for("WATCHDOG=1", all.size()));  // it has recovered
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
}

// A watchdog that is meant for another process gets no signs of life from this one.
TEST(Watchdog, OfAnotherProcessIsLeftAlone) {
  const temp_dir directory;
  const notify_socket manager((directory / "notify").string());
  running app(with({{"NOTIFY_SOCKET", manager.name()}, {"WATCHDOG_USEC", "1000"}, {"WATCHDOG_PID", "1"}}));
  app.signal(SIGHUP);
  ASSERT_TRUE(manager.wait_for("READY=1", 2));
  EXPECT_FALSE(manager.wait_for("WATCHDOG=1", 0, 20ms));
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
}

// A manager that is gone, and a socket that is none, keep nobody from serving and from stopping.
TEST(Watchdog, ManagerThatIsGoneIsNoFault) {
  for (const auto* socket : {"/nowhere/notify", "nonsense"}) {
    running app(with({{"NOTIFY_SOCKET", socket}}));
    EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
    app.signal(SIGTERM);
    expect_exit(app, 0, promptly);
  }
}

}  // namespace
}  // namespace sundown::test
