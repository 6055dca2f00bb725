#include "process/upgrade/upgrade.hpp"
#include "support/testing.hpp"

#include <sundown/stop/background.hpp>
#include <sundown/stop/budget.hpp>
#include <sundown/stop/shutdown.hpp>

#include <boost/scope/unique_fd.hpp>

#include <gmock/gmock.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>

namespace sundown::test {
namespace {

using testing::ElementsAre;

/// A process that takes part in an upgrade, with two listeners of which systemd holds one.
class Upgrades : public testing::Test {
 protected:
  process::upgrade& make(const std::string& program = "/nowhere/service") {
    given.externally_owned = {"admin"};
    return made.emplace(control, given, process::program{program, {program}, {}}, ample,
                        process::upgrade::parts{stop,
                                                tasks,
                                                manager,
                                                {listener("http"), listener("admin")},
                                                [this](bool shared) { told.push_back(shared); },
                                                [this] { return no_probes(ended_probes); }});
  }
  /// Gives the process a predecessor; returns its end of the channel.
  boost::scope::unique_fd predecessor() {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    given.predecessor = ends[0];
    return boost::scope::unique_fd(ends[1]);
  }
  /// Until the sharing has changed so many times, in all.
  void run_until_told(std::size_t times) {
    for (const deadline end(ample); told.size() < times && !end.passed(); control.restart()) control.run_one_for(10ms);
    ASSERT_EQ(told.size(), times);
  }

  process::inheritance given;
  boost::asio::io_context control;
  stop::shutdown stop{control, stop::make_plan({}), [](int) {}};
  stop::background tasks{control.get_executor()};
  process::service_manager manager{""};
  std::vector<bool> told;                               // the parts of the service, each time
  std::vector<std::pair<std::string, bool>> listeners;  // the listeners, each time
  bool ended_probes = false;
  std::optional<process::upgrade> made;

 private:
  process::shared_listener listener(const std::string& name) {
    return {name, [] { return std::vector<int>(); },
            [this, name](bool shared) { listeners.emplace_back(name, shared); }};
  }
  static boost::asio::awaitable<void> no_probes(bool& ended) {
    ended = true;
    co_return;
  }
};

// A process without a predecessor is the service at once, and shares no listener but those that systemd holds.
TEST_F(Upgrades, AreOfNoConcernToAProcessAlone) {
  auto& upgrade = make();
  EXPECT_THAT(told, ElementsAre(false));
  EXPECT_THAT(listeners, ElementsAre(std::pair{"http", false}, std::pair{"admin", true}));
  int appointed = 0;
  upgrade.ready([&] { ++appointed; });
  EXPECT_EQ(appointed, 1);
  upgrade.stop_waiting();
}

// A process with a predecessor shares all listeners until that has ended, however it ends: then it is the service and
// alone. An upgrade meanwhile is refused.
TEST_F(Upgrades, ShareTheListenersUntilThePredecessorEnds) {
  auto before = predecessor();
  auto& upgrade = make();
  int appointed = 0;
  upgrade.ready([&] { ++appointed; });
  EXPECT_THAT(told, ElementsAre(true));
  upgrade.begin();
  EXPECT_THAT(told, ElementsAre(true)) << "nothing was begun";
  char byte = 1;
  EXPECT_EQ(::recv(before.get(), &byte, 1, MSG_DONTWAIT), 1) << "it has said that it is ready";
  before.reset();
  run_until_told(2);
  EXPECT_EQ(appointed, 1);
  EXPECT_THAT(told, ElementsAre(true, false));
  EXPECT_THAT(listeners, ElementsAre(std::pair{"http", true}, std::pair{"admin", true}, std::pair{"http", false},
                                     std::pair{"admin", true}));
  upgrade.stop_waiting();
}

// The listeners are shared while a successor starts. One that fails leaves this process alone, and ready for the next
// upgrade.
TEST_F(Upgrades, ThatFailLeaveTheProcessAlone) {
  auto& upgrade = make();
  upgrade.ready([] {});
  for (const std::size_t round : {1U, 2U}) {
    upgrade.begin();
    EXPECT_EQ(told.size(), 2 * round);
    EXPECT_TRUE(told.back());
    upgrade.begin();  // refused: one is under way
    EXPECT_EQ(told.size(), 2 * round);
    run_until_told(2 * round + 1);
    EXPECT_FALSE(told.back());
  }
  EXPECT_FALSE(ended_probes);
  upgrade.stop_waiting();
  control.run_for(ample);
  EXPECT_TRUE(control.stopped()) << "something still waits";
}

}  // namespace
}  // namespace sundown::test
