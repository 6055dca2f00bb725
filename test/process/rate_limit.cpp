// http.rate_limit, as a client sees it.
#include "process/limited.hpp"

namespace sundown::test {
namespace {

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
  EXPECT_EQ(ask(app.http(), get("/demo/block?ms=0")).status, 429);
  EXPECT_EQ(ask(app.http(), get("/demo/sleep?ms=0")).status, 429);
  EXPECT_EQ(ask(app.http(), post("/demo/upload", "a body", "text/plain")).status, 429);
  EXPECT_EQ(ask(app.http(), get("/demo/events")).status, 429);
  auto client = connected(app.http());
  const auto upload = post("/demo/upload", "a body", "text/plain");
  ASSERT_EQ(client.send(upload.substr(0, upload.size() - 3)), sending::sent);
  const auto refused = client.read_response();
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(refused.says_close());
}

}  // namespace
}  // namespace sundown::test
