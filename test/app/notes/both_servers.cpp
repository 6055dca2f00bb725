// What a stop makes of MongoDB and Redis together: in order, and when both have frozen.
#include "app/notes/both_servers.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class BothServers : public both_servers {};

// SIGTERM amid the writes of 16 clients, several times on the same data: every note that was answered 201 is stored and
// its event is in the stream; both servers have lost their client.
TEST_F(BothServers, KeepAndPublishWhatWasAcknowledged) {
  running app(options());
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    wait_connected(app);
    posting clients(app.http(), 16);
    ASSERT_TRUE(clients.wait_for(300));
    app.signal(SIGTERM);
    expect_exit(app, 0, 3s + slack(1s));
    const auto ids = clients.finish();
    EXPECT_TRUE(eventually(ample, [&] { return mongo->connections() == 0 && redis->clients() == 0; }));
    const auto events = published();
    app.restart();
    app.must_be_ready();
    for (const auto& id : ids) {
      EXPECT_TRUE(events.contains(id)) << id << " is not in the stream";
      EXPECT_EQ(ask(app.http(), get("/v1/notes/" + id)).status, 200) << id << " is not stored";
    }
  }
}

// Both freeze, and then comes the stop: it ends within the total, with code 3, and the report names both closers.
TEST_F(BothServers, FrozenWhileIdle) {
  running app(options({{"SUNDOWN_SHUTDOWN__TOTAL", "2s"}}));
  wait_connected(app);
  freeze();
  app.signal(SIGTERM);
  expect_exit(app, 3, 2s + slack(1s));
  EXPECT_THAT(report_of(app).text, AllOf(HasSubstr(R"({"name":"redis","result":"overran")"),
                                         HasSubstr(R"({"name":"mongodb","result":"overran")")));
}

// So it is under load and with the default limits, by which the clients have noticed that nobody answers before they
// are closed. What was acknowledged before is stored.
TEST_F(BothServers, FrozenUnderLoad) {
  running app(options());
  wait_connected(app);
  posting clients(app.http(), 8);
  ASSERT_TRUE(clients.wait_for(50));
  freeze();
  app.signal(SIGTERM);
  expect_exit(app, 3, slack(8s));
  const auto ids = clients.finish();
  EXPECT_THAT(report_of(app).text, AllOf(HasSubstr(R"({"name":"redis","result":"overran")"),
                                         HasSubstr(R"({"name":"mongodb","result":"overran")")));
  thaw();
  app.restart();
  app.must_be_ready();
  for (const auto& id : ids) EXPECT_EQ(ask(app.http(), get("/v1/notes/" + id)).status, 200) << id;
}

}  // namespace
}  // namespace sundown::test
