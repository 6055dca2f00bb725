// http.rate_limit with the store of the sample's that several instances share.
#include "process/limited.hpp"
#include "support/redis_server.hpp"

namespace sundown::test {
namespace {

// Instances that share a Redis share the count.
TEST(RateLimit, IsSharedThroughRedis) {
  if (const auto missing = redis_missing(); !missing.empty()) GTEST_SKIP() << missing;
  redis_server server;
  const settings redis = limited({{"SUNDOWN_STORAGE__REDIS__URL", server.url()},
                                  {"SUNDOWN_STORAGE__REDIS__TIMEOUT", "10s"}});  // none falls back to its own count
  running here(sample(with(redis))), there(sample(with(redis)));
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
