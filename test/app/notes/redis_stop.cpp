// The service with a real Redis: the events of its writes, and what a stop makes of the connection.
#include "app/notes/posting.hpp"
#include "process/stop_report.hpp"
#include "support/redis_server.hpp"
#include "support/testing.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace sundown::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class RedisStop : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = redis_missing(); !missing.empty()) GTEST_SKIP() << missing;
    server.emplace(redis_setup{.password = "s3cret", .durable = true});
    proxy.emplace(server->where());
  }

  service_options options(settings more = {}) const {
    more.emplace("SUNDOWN_STORAGE__REDIS__URL", "redis://:s3cret@" + proxy->text());
    return sample(with(std::move(more)));
  }
  bool wait_degraded(const service& app, bool degraded) const {
    return eventually(ample, [&] {
      const auto body = ask(app.admin(), get("/ready")).body;
      return (body.find("degraded") != std::string::npos) == degraded;
    });
  }
  /// The ids in the stream.
  std::set<std::string> published() const {
    const auto all = server->ask({"XRANGE", "sundown:note-events", "-", "+"});
    std::set<std::string> ids;
    for (std::size_t i = 0; i + 1 < all.size(); ++i)
      if (all[i] == "id") ids.insert(all[i + 1]);
    return ids;
  }
  void expect_published(const std::vector<std::string>& ids) const {
    const auto all = published();
    for (const auto& id : ids) EXPECT_TRUE(all.contains(id)) << id << " is not in the stream";
  }

  std::optional<redis_server> server;
  std::optional<fault_proxy> proxy;
};

// A stop under load: the event of every acknowledged write is in the stream when the process is gone, QUIT was the last
// that the server heard, no connection is left, and the password is in no line.
TEST_F(RedisStop, PublishesWhatWasAcknowledged) {
  running app(options());
  ASSERT_TRUE(wait_degraded(app, false));
  posting clients(app.http(), 8);
  ASSERT_TRUE(clients.wait_for(50));
  app.signal(SIGTERM);
  expect_exit(app, 0, 3s + slack(1s));
  const auto ids = clients.finish();
  EXPECT_GE(ids.size(), 50u);
  expect_published(ids);
  EXPECT_THAT(proxy->last_request(), EndsWith("QUIT\r\n"));
  EXPECT_TRUE(eventually(ample, [&] {
    redis_connection fresh(server->where());
    fresh.ask({"AUTH", "s3cret"});
    return fresh.ask({"CLIENT", "LIST"}).at(0).find("name=sundown") == std::string::npos;
  }));
  EXPECT_THAT(report_of(app).text, HasSubstr(R"({"name":"redis","result":"closed")"));
  EXPECT_THAT(app.process().out().text() + app.process().err().text(), Not(HasSubstr("s3cret")));
}

// An event of a request in a trace says so, for whoever reads it.
TEST_F(RedisStop, EventsNameTheirTrace) {
  running app(options({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"}}));
  ASSERT_TRUE(wait_degraded(app, false));
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto fields = "application/json\r\ntraceparent: 00-" + trace + "-00f067aa0ba902b7-01";
  EXPECT_EQ(ask(app.http(), post("/v1/notes", R"({"title":"a","body":"b"})", fields)).status, 201);
  std::vector<std::string> all;
  const auto is_published = [&] { return !(all = server->ask({"XRANGE", "sundown:note-events", "-", "+"})).empty(); };
  ASSERT_TRUE(eventually(ample, is_published));
  const auto name = std::ranges::find(all, "traceparent");
  ASSERT_NE(name, all.end());
  EXPECT_THAT(*std::next(name), testing::AllOf(StartsWith("00-" + trace + '-'), EndsWith("-01")));
}

// A connection that is cut between a command and its answer, again and again, loses no event.
TEST_F(RedisStop, PublishesOverCutConnections) {
  running app(options());
  ASSERT_TRUE(wait_degraded(app, false));
  posting clients(app.http(), 4);
  for (std::size_t cuts = 1; cuts <= 3; ++cuts) {
    proxy->cut_answer_after(0);
    ASSERT_TRUE(eventually(ample, [&] { return proxy->answers_cut() >= cuts; }));
  }
  ASSERT_TRUE(clients.wait_for(50));
  app.signal(SIGTERM);
  expect_exit(app, 0, 4s + slack(2s));
  expect_published(clients.finish());
}

// A Redis that is killed under load and started again gets every event, with those of the time that it was away.
TEST_F(RedisStop, PublishesAfterARestart) {
  running app(options());
  ASSERT_TRUE(wait_degraded(app, false));
  posting clients(app.http(), 4);
  ASSERT_TRUE(clients.wait_for(25));
  server->kill();
  ASSERT_TRUE(wait_degraded(app, true));
  ASSERT_TRUE(clients.wait_for(50));
  server->start();
  ASSERT_TRUE(wait_degraded(app, false));
  app.signal(SIGTERM);
  expect_exit(app, 0, 4s + slack(2s));
  expect_published(clients.finish());
}

// Redis is no reason for an error: without it notes are written and read, the service is ready, and says what it
// misses.
TEST_F(RedisStop, ServesWithoutRedis) {
  proxy->refuse();
  running app(options({{"SUNDOWN_SHUTDOWN__TOTAL", "2s"}}));
  ASSERT_TRUE(
      eventually(ample, [&] { return ask(app.admin(), get("/ready")).body.find("refused") != std::string::npos; }));
  const auto ready = ask(app.admin(), get("/ready"));
  EXPECT_EQ(ready.status, 200);
  EXPECT_THAT(ready.body, HasSubstr(R"("degraded":["redis: )"));
  const auto written = ask(app.http(), post("/v1/notes", R"({"title":"a","body":"b"})"));
  ASSERT_EQ(written.status, 201) << written.describe();
  const auto location = *written.field("location");
  EXPECT_EQ(ask(app.http(), get(location)).status, 200);

  // What can't be published is named: work was cut.
  app.signal(SIGTERM);
  expect_exit(app, 3, 2s + promptly);
  EXPECT_THAT(app.written(), HasSubstr("created " + location.substr(location.rfind('/') + 1)));
  EXPECT_THAT(report_of(app).text, HasSubstr("publish note events"));
}

// A failover: the primary becomes a replica, and its name leads to the new one. No note fails, and every event, those
// of the meantime too, is in one of the streams; what /ready says comes and goes with it.
TEST_F(RedisStop, FollowsAFailover) {
  redis_server other({.password = "s3cret", .durable = true});
  running app(options());
  ASSERT_TRUE(wait_degraded(app, false));
  posting clients(app.http(), 4);
  ASSERT_TRUE(clients.wait_for(25));
  proxy->lead_to(other.where());
  server->ask({"REPLICAOF", other.where().address, std::to_string(other.where().port)});
  ASSERT_TRUE(app.process().out().wait_for("READONLY"));
  ASSERT_TRUE(wait_degraded(app, false));
  ASSERT_TRUE(clients.wait_for(100));
  app.signal(SIGTERM);
  expect_exit(app, 0, 4s + slack(2s));
  const auto old = published();
  const auto stream = other.ask({"XRANGE", "sundown:note-events", "-", "+"});
  for (const auto& id : clients.finish())
    EXPECT_TRUE(old.contains(id) || testing::Value(stream, testing::Contains(id))) << id << " is in no stream";
}

// A server that refuses: notes are written and read, /ready says why at once, events wait, and all is made up for.
TEST_F(RedisStop, GoesOnWhileRedisRefuses) {
  running app(options());
  ASSERT_TRUE(wait_degraded(app, false));
  server->ask({"CONFIG", "SET", "maxmemory", "1"});
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    const auto written = ask(app.http(), post("/v1/notes", R"({"title":"a","body":"b"})"));
    ASSERT_EQ(written.status, 201) << written.describe();
    const auto location = *written.field("location");
    ids.push_back(location.substr(location.rfind('/') + 1));
    EXPECT_EQ(ask(app.http(), get(location)).status, 200);
  }
  ASSERT_TRUE(wait_degraded(app, true));
  const auto ready = ask(app.admin(), get("/ready"));
  EXPECT_EQ(ready.status, 200);
  EXPECT_THAT(ready.body, HasSubstr("OOM"));
  server->ask({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_TRUE(wait_degraded(app, false));
  app.signal(SIGTERM);
  expect_exit(app, 0, 2s + slack(1s));
  expect_published(ids);
}

// Frozen under load: every request is answered from the store, and none waits for Redis longer than its limit.
TEST_F(RedisStop, ServesWhileRedisIsFrozen) {
  running app(options());
  ASSERT_TRUE(wait_degraded(app, false));
  const auto written = ask(app.http(), post("/v1/notes", R"({"title":"a","body":"b"})"));
  const auto location = *written.field("location");
  server->freeze();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(app.http(), get(location)).status, 200);
  EXPECT_TRUE(wait_degraded(app, true));
  server->thaw();
  EXPECT_TRUE(wait_degraded(app, false));
  app.signal(SIGTERM);
  expect_exit(app, 0, 2s + slack(1s));
}

// Frozen at the stop: the exit comes in time all the same, with code 3, and the report names Redis.
TEST_F(RedisStop, EndsInTimeWithRedisFrozen) {
  running app(options({{"SUNDOWN_SHUTDOWN__TOTAL", "2s"}}));
  ASSERT_TRUE(wait_degraded(app, false));
  server->freeze();
  app.signal(SIGTERM);
  expect_exit(app, 3, 2s + promptly);
  EXPECT_THAT(report_of(app).text, HasSubstr(R"({"name":"redis","result":"overran")"));
}

// Frozen with events under way: these are named too.
TEST_F(RedisStop, NamesEventsOfAFrozenRedis) {
  running app(options({{"SUNDOWN_SHUTDOWN__TOTAL", "2s"}}));
  ASSERT_TRUE(wait_degraded(app, false));
  server->freeze();
  const auto written = ask(app.http(), post("/v1/notes", R"({"title":"a","body":"b"})"));
  ASSERT_EQ(written.status, 201);
  const auto location = *written.field("location");
  app.signal(SIGTERM);
  expect_exit(app, 3, 2s + promptly);
  EXPECT_THAT(app.written(), HasSubstr("created " + location.substr(location.rfind('/') + 1)));
}

// A URL that makes no sense is a fault of the configuration: exit 2, and the password isn't repeated.
TEST_F(RedisStop, RefusesAMalformedUrl) {
  service app(sample(with({{"SUNDOWN_STORAGE__REDIS__URL", "redis://:s3cret@host:nonsense"}})));
  const auto end = app.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 2);
  app.process().err().wait_end();
  const auto text = app.process().out().text() + app.process().err().text();
  EXPECT_THAT(text, HasSubstr("storage.redis.url"));
  EXPECT_THAT(text, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace sundown::test
