// http.rate_limit, as a client sees it.
#include "process/scenario.hpp"
#include "support/redis_server.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

settings limited(settings more = {}) {
  more.emplace("SUNDOWN_HTTP__RATE_LIMIT__REQUESTS", "3");
  more.emplace("SUNDOWN_HTTP__RATE_LIMIT__WINDOW", "1m");
  return more;
}

/// How many of so many requests were not refused; those that were are as they must be.
int admitted(const service& app, int requests) {
  int count = 0;
  for (int i = 0; i < requests; ++i) {
    const auto answer = ask(app.http(), get("/hello"));
    count += answer.status == 200 ? 1 : 0;
    if (answer.status == 200) continue;
    EXPECT_EQ(answer.status, 429) << answer.describe();
    EXPECT_EQ(answer.field("content-type"), "application/problem+json");
    const auto wait = std::stoi(answer.field("retry-after").value_or("0"));
    EXPECT_TRUE(1 <= wait && wait <= 60) << wait;
  }
  return count;
}

// Over the limit a client gets 429 and is told when to come again, whichever worker it meets; the admin port has none.
TEST(RateLimit, RefusesOverTheLimit) {
  running app(with(limited()));
  EXPECT_EQ(admitted(app, 10), 3);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
}

// Every kind of route is limited, and a refused upload ends its connection: its body stands where the next request
// would.
TEST(RateLimit, HoldsForEveryRoute) {
  running app(with(limited()));
  ASSERT_EQ(admitted(app, 3), 3);
  EXPECT_EQ(ask(app.http(), get("/v1/notes")).status, 429);
  EXPECT_EQ(ask(app.http(), post("/v1/notes", R"({"title":"a","body":"b"})")).status, 429);
  EXPECT_EQ(ask(app.http(), get("/demo/events")).status, 429);
  auto client = connected(app.http());
  const auto upload = post("/demo/upload", "a body", "text/plain");
  ASSERT_EQ(client.send(upload.substr(0, upload.size() - 3)), sending::sent);
  const auto refused = client.read_response();
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(refused.says_close());
}

// Instances that share a Redis share the count.
TEST(RateLimit, IsSharedThroughRedis) {
  if (const auto missing = redis_missing(); !missing.empty()) GTEST_SKIP() << missing;
  redis_server server;
  const settings redis = limited({{"SUNDOWN_STORAGE__REDIS__URL", server.url()},
                                  {"SUNDOWN_STORAGE__REDIS__TIMEOUT", "10s"}});  // none falls back to its own count
  running here(with(redis)), there(with(redis));
  for (auto* one : {&here, &there}) ASSERT_TRUE(one->process().out().wait_for("redis: connected"));
  EXPECT_EQ(admitted(here, 2) + admitted(there, 5), 3);
  EXPECT_EQ(admitted(here, 2), 0);

  // Without Redis each counts for itself: nobody is locked out, and nobody let in without end.
  server.kill();
  ASSERT_TRUE(here.process().out().wait_for("redis: away"));
  EXPECT_EQ(admitted(here, 10), 3);
}

}  // namespace
}  // namespace sundown::test
