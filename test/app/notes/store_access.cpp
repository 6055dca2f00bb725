// The service where its stores ask who it is, and by TLS with an authority of our own: right, and wrong.
#include "process/outcome.hpp"
#include "process/stop_report.hpp"
#include "support/mongo_server.hpp"
#include "support/private_authority.hpp"
#include "support/redis_server.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A note, written and read.
std::string keep_a_note(const service& app) {
  const auto written = ask(app.http(), post("/v1/notes", R"({"title":"a","body":"b"})"));
  EXPECT_EQ(written.status, 201) << written.describe();
  const auto location = written.field("location").value_or("/");
  EXPECT_EQ(ask(app.http(), get(location)).status, 200);
  return location.substr(location.rfind('/') + 1);
}

std::string everything_said(service& app) {
  app.process().out().wait_end();
  app.process().err().wait_end();
  return app.process().out().text() + app.process().err().text();
}

std::ptrdiff_t lines_with(const std::string& text, const std::string& part) {
  std::istringstream lines(text);
  std::ptrdiff_t count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find(part) != std::string::npos ? 1 : 0;
  return count;
}

class MongoAccess : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = mongo_server::guarded_missing(); !why.empty()) GTEST_SKIP() << why;
    const auto own = authority.issue();
    mongo_setup setup;
    setup.user = "me";
    setup.password = "s3cret";
    setup.certificate = own.certificate;
    setup.key = own.key;
    server.emplace(setup);
  }
  service_options options(const std::string& password, settings more = {}) {
    more.emplace("SUNDOWN_STORAGE__MONGODB__URI", "mongodb://me:" + password +
                                                      "@localhost:" + std::to_string(server->where().port) +
                                                      "/notes?authSource=admin&tls=true&tlsCAFile=" + authority.ca());
    return sample(with(std::move(more)));
  }

  private_authority authority;
  std::optional<mongo_server> server;
};

// With the right password, by TLS: notes are kept, and the stop leaves no connection.
TEST_F(MongoAccess, KeepsNotes) {
  running app(options("s3cret"));
  keep_a_note(app);
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(3s));
  EXPECT_THAT(report_of(app).text, HasSubstr(R"({"name":"mongodb","result":"closed")"));
  EXPECT_TRUE(eventually(ample, [&] { return server->connections() == 0; }));
  EXPECT_THAT(everything_said(app), Not(HasSubstr("s3cret")));
}

// With a wrong one: not ready, with what to mend, each line of the log once, and a stop that waits for nothing.
TEST_F(MongoAccess, TellsAWrongPassword) {
  running app(options("s3cret-not"));
  const std::string told =
      "mongodb: the server refuses our user (Authentication failed.): check user, password, authSource and "
      "authMechanism in storage.mongodb.uri";
  EXPECT_TRUE(eventually(ample, [&] {
    const auto ready = ask(app.admin(), get("/ready"));
    return ready.status == 503 && ready.body.find(told) != std::string::npos;
  })) << app.log();
  EXPECT_EQ(ask(app.http(), get("/v1/notes")).status, 503);
  const auto accepted = [&] { return lines_with(app.log(), "Failed authentication"); };
  EXPECT_FALSE(eventually(slack(2500ms), [&] { return accepted() > 1; })) << "it is tried on, and told once";
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(3s));
  const auto said = everything_said(app);
  EXPECT_EQ(lines_with(said, R"("message":"mongodb is down")"), 1) << said;
  EXPECT_THAT(said, Not(HasSubstr("s3cret")));
}

// And with fail_fast: exit 1.
TEST_F(MongoAccess, FailsFastByAWrongPassword) {
  const auto said = failed_start(options("s3cret-not", {{"SUNDOWN_STORAGE__FAIL_FAST", "true"}}));
  EXPECT_THAT(said, AllOf(HasSubstr("no MongoDB to be used at"), HasSubstr("check user, password"),
                          HasSubstr("storage.fail_fast"), Not(HasSubstr("s3cret"))));
}

class RedisAccess : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = redis_missing(); !missing.empty()) GTEST_SKIP() << missing;
    const auto own = authority.issue();
    redis_setup how;
    how.users = {"me on >s3cret ~sundown:* +get +getrange +set +del +eval +incr +pttl +pexpire +xadd +select"};
    how.certificate = own.certificate;
    how.key = own.key;
    how.client_ca = authority.ca();
    server.emplace(how);
  }
  service_options options(const std::string& password, const std::string& ca) {
    const auto own = authority.issue(certificate_content("notes"));
    const auto url = "rediss://me:" + password + "@localhost:" + std::to_string(server->where_by_tls().port);
    return sample(with({{"SUNDOWN_STORAGE__REDIS__URL", url},
                        {"SUNDOWN_STORAGE__REDIS__CA", ca},
                        {"SUNDOWN_STORAGE__REDIS__CERTIFICATE", own.certificate},
                        {"SUNDOWN_STORAGE__REDIS__KEY", own.key},
                        {"SUNDOWN_HTTP__RATE_LIMIT__REQUESTS", "1000"},
                        {"SUNDOWN_SHUTDOWN__TOTAL", "2s"}}));
  }
  static bool wait_ready(const service& app, const std::string& text, bool there = true) {
    return eventually(ample, [&] {
      const auto ready = ask(app.admin(), get("/ready"));
      return ready.status == 200 && (ready.body.find(text) != std::string::npos) == there;
    });
  }

  private_authority authority;
  std::optional<redis_server> server;
};

// A user with the permissions of docs/storage.md, by TLS with certificates on both sides: nothing is refused, the event
// of a write is published, and the stop says QUIT.
TEST_F(RedisAccess, PublishesEvents) {
  running app(options("s3cret", authority.ca()));
  ASSERT_TRUE(wait_ready(app, "degraded", false)) << app.log();
  const auto id = keep_a_note(app);
  app.signal(SIGTERM);
  expect_exit(app, 0, 2s + slack(1s));
  EXPECT_THAT(server->ask({"XRANGE", "sundown:note-events", "-", "+"}), testing::Contains(id));
  EXPECT_THAT(report_of(app).text, HasSubstr(R"({"name":"redis","result":"closed")"));
  EXPECT_EQ(server->clients(), 0U);
  const auto said = everything_said(app);
  EXPECT_THAT(said, AllOf(Not(HasSubstr("s3cret")), Not(HasSubstr("refuses"))));
}

// A wrong password and a wrong authority: degraded, with what to mend, and a stop that waits for nothing.
TEST_F(RedisAccess, TellsWhatIsWrong) {
  const private_authority stranger;
  struct wrong {
    std::string password, ca, told;
  };
  for (const auto& [password, ca, told] :
       {wrong{"s3cret-not", authority.ca(), "WRONGPASS: it refuses our user name or password: mend them in the URL"},
        wrong{"s3cret", stranger.ca(), "a private one is named by the key ca beside the URL"}}) {
    running app(options(password, ca));
    EXPECT_TRUE(wait_ready(app, told)) << app.log();
    keep_a_note(app);
    app.signal(SIGTERM);
    const auto end = app.wait_exit();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, 3) << "the event of the note could not be published";
    EXPECT_LT(end->after_signal, 2s + slack(2s));
    const auto said = everything_said(app);
    EXPECT_THAT(said, Not(HasSubstr("s3cret")));
  }
}

// What no start could use is told before one, with the key and where its value is from.
TEST_F(RedisAccess, ChecksItsFiles) {
  auto missing = options("s3cret", "/nowhere/ca.pem");
  const auto [code, out, err] = run_to_end(missing, {"--check-config"});
  EXPECT_EQ(code, 2) << out << err;
  EXPECT_THAT(out + err, AllOf(HasSubstr("storage.redis.ca: cannot use '/nowhere/ca.pem'"), Not(HasSubstr("s3cret"))));
}

}  // namespace
}  // namespace sundown::test
