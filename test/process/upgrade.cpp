// SIGUSR2: the program is started anew, with the listeners handed over, and the old process drains.
#include "process/lineage.hpp"
#include "process/steady_load.hpp"
#include "support/testing.hpp"
#include "wire/socket_table.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace sundown::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Twenty upgrades under load: nobody loses anything, and probes see a ready service all the time.
TEST(Upgrade, TwentyLoseNothing) {
  // Without access lines: two processes write into one pipe, and in one that is full they'd tear each other's blocks.
  lineage app(with(patient({{"SUNDOWN_LOG__ACCESS", "false"}})));
  steady_load load(app.http(), app.admin());
  twenty_times(load, app.first(), [&] { app.upgrade(); });
  EXPECT_TRUE(load.go_on(50));
  load.stop();
  EXPECT_THAT(load.losses(), IsEmpty());
  app.signal(SIGTERM);
  EXPECT_EQ(app.exit_code(), 0);
  RecordProperty("requests", static_cast<int>(load.answered()));
}

// Requests that are under way at the upgrade are answered by the old process, new ones by the new one.
TEST(Upgrade, OldProcessFinishesWhatItHas) {
  lineage app(with(patient()));
  held_requests requests(app.http(), 5);
  ASSERT_TRUE(app.first().wait_all_read());
  app.signal(SIGUSR2);
  ASSERT_TRUE(app.out().wait_for("stop: sessions"));
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  EXPECT_EQ(ask(app.admin(), get("/ready")).status, 200);
  requests.finish();
  const auto end = app.first().wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 0) << end->describe();
}

// The new process has the listeners and none of the old one's connections, which would never end for their clients.
TEST(Upgrade, HandsOverNothingButTheListeners) {
  lineage app;
  const auto idle = connect_each(app.http(), 3);
  const auto ports = listening_ports(app.current());
  app.signal(SIGUSR2);
  const auto ready = app.out().wait_for("upgrade: the new process is ready");
  ASSERT_TRUE(ready);
  const auto pid = lineage::pid_in(*ready);
  EXPECT_EQ(listening_ports(pid), ports);
  std::set<unsigned long> connections;
  for (const auto& one : socket_table())
    if (!one.listening) connections.insert(one.inode);
  for (const auto& one : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    std::error_code closed;  // meanwhile
    const auto target = std::filesystem::read_symlink(one, closed).string();
    if (!target.starts_with("socket:[")) continue;
    EXPECT_FALSE(connections.contains(std::stoul(target.substr(8)))) << target;
  }
}

// A process that has taken over has the listeners for itself: when it stops, it closes them without resetting anybody.
TEST(Upgrade, LastProcessClosesWithoutResets) {
  lineage app(with(patient()));
  app.upgrade();
  std::atomic<int> resets{0};
  tally answered;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&] {
      for (;;) {
        raw_client client;
        const auto how = client.connect(app.http());
        if (how == connecting::refused) return;
        if (how != connecting::connected || client.send(get("/hello")) != sending::sent ||
            !client.read_response().whole())
          ++resets;
        answered.add();
      }
    });
  }
  EXPECT_TRUE(answered.wait_for(500, for_many));
  app.signal(SIGTERM);
  EXPECT_EQ(app.exit_code(), 0);
  clients.clear();
  EXPECT_EQ(resets, 0);
}

// The service manager is told by the old process who is the service now, and only then by the new one that it is ready;
// the old one's stop is not the service's, so it says nothing of it.
TEST(Upgrade, ServiceManagerSeesOneService) {
  const temp_dir directory;
  const notify_socket manager((directory / "notify").string());
  lineage app(with({{"NOTIFY_SOCKET", manager.name()}, {"WATCHDOG_USEC", "20000000"}}));
  const auto first = app.current();
  ASSERT_TRUE(manager.wait_for("READY=1"));
  app.upgrade();
  ASSERT_TRUE(manager.wait_for([&](const notice& one) { return one.sender == app.current() && one.says("READY=1"); }));
  ASSERT_TRUE(
      manager.wait_for([&](const notice& one) { return one.sender == app.current() && one.says("WATCHDOG=1"); }));
  app.signal(SIGTERM);
  EXPECT_EQ(app.exit_code(), 0);
  EXPECT_TRUE(manager.wait_for("STOPPING=1"));
  std::vector<std::string> story;
  for (const auto& one : manager.notices()) {
    const auto line = one.text.substr(0, one.text.find('\n'));
    if (line.starts_with("STATUS=") || line == "WATCHDOG=1") continue;
    story.push_back((one.sender == first ? "old " : "new ") + line);
  }
  EXPECT_THAT(story, ElementsAre("old READY=1", "old MAINPID=" + std::to_string(app.current()), "new READY=1",
                                 "new STOPPING=1"));
}

// When the service manager hears of the new process, that is its child, though the old one still runs: systemd doesn't
// wait for a main process that is another's, but kills it at once when it is to stop.
TEST(Upgrade, ServiceManagerHasTheNewProcessForAChild) {
  const temp_dir directory;
  const notify_socket manager((directory / "notify").string());
  lineage app(with(patient({{"NOTIFY_SOCKET", manager.name()}})));
  held_requests requests(app.http(), 1);
  ASSERT_TRUE(app.first().wait_all_read());
  app.signal(SIGUSR2);
  const auto told = manager.wait_for([](const notice& one) { return !one.value("MAINPID").empty(); });
  ASSERT_TRUE(told);
  EXPECT_EQ(lineage::parent_of(std::stoi(told->value("MAINPID"))), ::getpid());
  EXPECT_FALSE(app.first().wait_exit(0ms));
  ASSERT_TRUE(app.out().wait_for("stop: sessions"));  // from now on answers say close
  requests.finish();
}

}  // namespace
}  // namespace sundown::test
