// What can happen to MongoDB and Redis at run time, to both at once and under load, and a stop in the middle of it.
#include "app/notes/both_servers.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <ostream>

namespace sundown::test {
namespace {

using testing::AnyOf;

struct scene {
  mongo_server& mongo;
  redis_server& redis;
  fault_proxy& to_mongo;
  fault_proxy& to_redis;
};

struct fault {
  std::string name;
  std::function<void(scene)> happens;
  bool takes_mongo_away;  ///< else the service stays ready, or is so again
  bool may_cut;           ///< work, by which the exit code is 3
  std::function<void(scene)> mended = [](scene) {};

  friend void PrintTo(const fault& chosen, std::ostream* out) { *out << chosen.name; }
};

class ServerFaults : public both_servers, public testing::WithParamInterface<fault> {};

// Whatever happens to them: the process lives, the stop ends in time, and what was answered 201 is stored once the
// servers are back; its event is in the stream, or was named in the log. Code 3 says that work was cut, and only that.
TEST_P(ServerFaults, KeepTheStopBoundedAndNotesStored) {
  const scene here{*mongo, *redis, *to_mongo, *to_redis};
  running app(options());
  wait_connected(app);
  posting clients(app.http(), 8);
  ASSERT_TRUE(clients.wait_for(50));
  GetParam().happens(here);
  if (GetParam().takes_mongo_away) {
    ASSERT_TRUE(eventually(ample, [&] { return ask(app.admin(), get("/ready")).status == 503; }));
    EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  } else {
    const auto so_far = clients.done();
    ASSERT_TRUE(clients.wait_for(so_far + 20)) << "no write succeeds any more\n" << app.log();
  }
  app.signal(SIGTERM);
  const auto end = app.wait_exit();
  ASSERT_TRUE(end);
  const auto ids = clients.finish();
  EXPECT_LT(end->after_signal, 8s + promptly);
  EXPECT_THAT(end->code, AnyOf(0, GetParam().may_cut ? 3 : 0)) << app.log();
  const auto cut = report_of(app).text;
  EXPECT_EQ(end->code == 3, cut.find("overran") != std::string::npos || cut.find("left\":[\"") != std::string::npos)
      << cut;

  const auto said = app.log();
  GetParam().mended(here);
  const auto events = published();
  app.restart();
  app.must_be_ready();
  for (const auto& id : ids) {
    EXPECT_EQ(ask(app.http(), get("/v1/notes/" + id)).status, 200) << id << " is not stored";
    EXPECT_TRUE(events.contains(id) || said.find("created " + id) != std::string::npos) << id << " has no event";
  }
}

/// The same to both servers.
template <class Act>
std::function<void(scene)> servers(Act act) {
  return [act](scene at) {
    act(at.mongo);
    act(at.redis);
  };
}
/// The same to the ways to both.
template <class Act>
std::function<void(scene)> ways(Act act) {
  return [act](scene at) {
    act(at.to_mongo);
    act(at.to_redis);
  };
}

constexpr auto kill = [](auto& server) { server.kill(); };
constexpr auto start = [](auto& server) { server.start(); };
constexpr auto freeze = [](auto& server) { server.freeze(); };
constexpr auto thaw = [](auto& server) { server.thaw(); };
constexpr auto refuse = [](fault_proxy& way) { way.refuse(); };
constexpr auto slow_down = [](fault_proxy& way) { way.delay(200ms); };
constexpr auto pass = [](fault_proxy& way) { way.pass(); };
void restart(scene at) {
  servers(kill)(at);
  servers(start)(at);
}
void cut_in_an_answer(scene at) {
  at.to_mongo.cut_answer_after(10);
  at.to_redis.cut_answer_after(2);
}

INSTANTIATE_TEST_SUITE_P(Both, ServerFaults,
                         testing::Values(fault{"Killed", servers(kill), true, true, servers(start)},
                                         fault{"Frozen", servers(freeze), true, true, servers(thaw)},
                                         fault{"Restarted", restart, false, false},
                                         fault{"Refused", ways(refuse), true, true, ways(pass)},
                                         fault{"CutInAnAnswer", cut_in_an_answer, false, false},
                                         fault{"Slow", ways(slow_down), false, false, ways(pass)}),
                         [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace sundown::test
