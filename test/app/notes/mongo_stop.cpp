// The service with its notes in MongoDB: its start, its stop, and a server that is in no state to help.
#include "app/notes/note_writers.hpp"
#include "process/stop_report.hpp"
#include "support/mongo_server.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class MongoStop : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = mongo_server::missing(); !why.empty()) GTEST_SKIP() << why;
    server.emplace(false);
  }
  service_options options(settings more = {}) {
    more.emplace("SUNDOWN_STORAGE__MONGODB__URI", server->uri());
    return sample(with(std::move(more)));
  }
  reply create(service& app) { return ask(app.http(), post("/v1/notes", R"({"title":"t","body":"b"})")); }
  reply ready(service& app) { return ask(app.admin(), get("/ready")); }

  std::optional<mongo_server> server;
};

// SIGTERM in the middle of write load: the exit code is 0, no client was answered anything but 201, every note that was
// is there afterwards, and the server has no connection left. Several times on the same data.
TEST_F(MongoStop, KeepsEveryAcknowledgedNote) {
  server->start();
  running app(options());
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    note_writers load(app.http());
    EXPECT_TRUE(load.wait_for(50));
    app.signal(SIGTERM);
    expect_exit(app, 0, slack(3s));
    EXPECT_THAT(load.other_answers(), IsEmpty());
    EXPECT_THAT(report_of(app).text, HasSubstr("\"mongodb\""));
    EXPECT_TRUE(eventually(ample, [&] { return server->connections() == 0; }));
    app.restart();
    app.must_be_ready();
    for (const auto& [location, title] : load.acknowledged()) {
      const auto found = ask(app.http(), get(location));
      ASSERT_EQ(found.status, 200) << location;
      EXPECT_EQ(boost::json::parse(found.body).as_object().at("title").as_string(), title);
    }
  }
}

// A server that hangs at the stop, and a driver that would wait for long: the exit comes within the total all the same,
// with code 3, and the report names the closer.
TEST_F(MongoStop, FrozenServerOverruns) {
  server->start();
  running app(options({{"SUNDOWN_SHUTDOWN__TOTAL", "2s"}, {"SUNDOWN_STORAGE__MONGODB__TIMEOUT", "40s"}}));
  ASSERT_EQ(create(app).status, 201);
  server->freeze();
  auto client = connected(app.http());
  ASSERT_EQ(client.send(post("/v1/notes", R"({"title":"held","body":"b"})")), sending::sent);
  ASSERT_TRUE(app.wait_all_read());
  app.signal(SIGTERM);
  expect_exit(app, 3, 2s + slack(1s));
  const auto report = report_of(app);
  EXPECT_EQ(report.exit_code, 3);
  EXPECT_THAT(report.text, AllOf(HasSubstr("\"mongodb\""), HasSubstr("gave up")));
}

// With the default limits a server that hangs costs the stop no more than an operation's time, and what was answered
// 201 before is stored.
TEST_F(MongoStop, FrozenServer) {
  server->start();
  running app(options());
  note_writers load(app.http());
  EXPECT_TRUE(load.wait_for(20));
  server->freeze();
  app.signal(SIGTERM);
  const auto end = app.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_THAT(end->code, AnyOf(0, 3)) << app.log();
  EXPECT_LT(end->after_signal, slack(8s));
  EXPECT_THAT(load.other_answers(), Each(503));
  server->thaw();
  app.restart();
  app.must_be_ready();
  for (const auto& [location, title] : load.acknowledged()) EXPECT_EQ(ask(app.http(), get(location)).status, 200);
}

// The server is killed under load, and the stop comes while it is dead: nothing hangs, nothing acknowledged is lost.
TEST_F(MongoStop, DeadServer) {
  server->start();
  running app(options());
  note_writers load(app.http());
  EXPECT_TRUE(load.wait_for(20));
  server->kill();
  EXPECT_TRUE(eventually(ample, [&] { return ready(app).status == 503; }));
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(5s));
  EXPECT_THAT(load.other_answers(), Each(503));
  server->start();
  app.restart();
  app.must_be_ready();
  for (const auto& [location, title] : load.acknowledged()) EXPECT_EQ(ask(app.http(), get(location)).status, 200);
}

// With a dead server the process starts, says so, lives, is not ready and names why; notes are answered 503. When the
// server comes it is ready, without a restart.
TEST_F(MongoStop, StartsWithADeadServer) {
  running app(options());
  EXPECT_TRUE(app.process().out().contains("starting without MongoDB"));
  EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  const auto not_ready = ready(app);
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_THAT(not_ready.body, HasSubstr("mongodb"));
  const auto refused = create(app);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.field("content-type"), "application/problem+json");
  EXPECT_EQ(ask(app.http(), get("/v1/notes")).status, 503);
  server->start();
  EXPECT_TRUE(eventually(ample, [&] { return ready(app).status == 200; }));
  EXPECT_EQ(create(app).status, 201);
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(3s));
}

// With fail_fast it exits with 1 instead, and says what to do; the password is nowhere in what it says.
TEST_F(MongoStop, FailsFastIfAsked) {
  service app(sample(with({{"SUNDOWN_STORAGE__MONGODB__URI", server->uri("me:hunter2@")},
                           {"SUNDOWN_STORAGE__MONGODB__TIMEOUT", "1s"},
                           {"SUNDOWN_STORAGE__FAIL_FAST", "true"}})));
  const auto end = app.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 1);
  app.process().out().wait_end();
  const auto said = app.log();
  EXPECT_THAT(said, AllOf(HasSubstr("storage.fail_fast"), HasSubstr("me:***@"), Not(HasSubstr("hunter2"))));
}

// SIGTERM while the start waits for a server ends it at once, with 0.
TEST_F(MongoStop, StopsWhileItWaitsForTheServer) {
  service app(options({{"SUNDOWN_STORAGE__MONGODB__TIMEOUT", "1m"}, {"SUNDOWN_STORAGE__FAIL_FAST", "true"}}));
  ASSERT_TRUE(app.process().out().wait_for("mongodb is down"));
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(1s));
}

/// A server that accepts and says nothing, and a driver that would wait for it for long.
class MongoSilent : public MongoStop {
 protected:
  void SetUp() override {
    MongoStop::SetUp();
    if (!server) return;
    server->start();
    server->freeze();
  }
  service_options silent(settings more) {
    more.emplace("SUNDOWN_STORAGE__MONGODB__URI",
                 server->uri() + "?connectTimeoutMS=60000&socketTimeoutMS=60000&serverSelectionTimeoutMS=60000");
    return sample(with(std::move(more)));
  }
  /// Its last words, once it has ended with 1 and hardly later than its wait for the server.
  std::string failed_start(settings more) {
    more.emplace("SUNDOWN_STORAGE__MONGODB__TIMEOUT", "500ms");
    const auto begin = clock::now();
    service app(silent(std::move(more)));
    const auto end = app.wait_exit();
    if (!end) throw std::runtime_error("it did not end\n" + app.log());
    EXPECT_LT(between(begin, clock::now()), 500ms + slack(3s));
    EXPECT_EQ(end->code, 1) << end->describe();
    app.process().out().wait_end();
    return app.log();
  }
};

// With fail_fast the start ends when its wait for the server does: the driver's own waits hold nothing up.
TEST_F(MongoSilent, FailsFastAtOnce) {
  EXPECT_THAT(failed_start({{"SUNDOWN_STORAGE__FAIL_FAST", "true"}}), HasSubstr("no MongoDB to be used at"));
}

// So does the start in which another part can't start: here its port is taken.
TEST_F(MongoSilent, AnotherPartThatCannotStart) {
  const auto port = std::to_string(server->where().port);
  EXPECT_THAT(failed_start({{"SUNDOWN_HTTP__PORT", port}}), HasSubstr("127.0.0.1:" + port));
}

// SIGTERM while the start waits for it ends the process at once, with 0.
TEST_F(MongoSilent, StopsDuringTheStart) {
  service app(silent({{"SUNDOWN_STORAGE__MONGODB__TIMEOUT", "1m"}, {"SUNDOWN_STORAGE__FAIL_FAST", "true"}}));
  ASSERT_TRUE(eventually(ample, [&] { return server->connections() != 0; })) << app.log();
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(1s));
}

/// Where the driver shares its counters.
std::filesystem::path counters_of(service& app) { return "/dev/shm/mongoc-" + std::to_string(app.process().pid()); }

// The driver leaves no file behind, neither where nothing uses it nor when the process is killed.
TEST_F(MongoStop, LeavesNoFileInSharedMemory) {
  running without;
  EXPECT_FALSE(std::filesystem::exists(counters_of(without)));
  server->start();
  running app(options());
  EXPECT_FALSE(std::filesystem::exists(counters_of(app)));
  app.signal(SIGKILL);
  ASSERT_TRUE(app.wait_exit());
  EXPECT_FALSE(std::filesystem::exists(counters_of(app)));
}

}  // namespace
}  // namespace sundown::test
