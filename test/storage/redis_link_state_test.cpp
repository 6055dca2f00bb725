// The states of the connection to Redis, and the pause between two connections. Pure.
#include "storage/redis/backoff.hpp"
#include "storage/redis/link_state.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sundown::redis {
namespace {

std::set<link_state> reached_from(link_state start) {
  std::set<link_state> reached{start};
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const auto& step : link_steps)
      if (reached.contains(step.from)) reached.insert(step.to);
  }
  return reached;
}

// Every state leads to `closed`, which leads nowhere, and each of them is reached from the first.
TEST(RedisLinkState, LeadsToTheEnd) {
  const auto all = reached_from(link_state::away);
  EXPECT_EQ(all.size(), 6U);
  for (const auto state : all) EXPECT_TRUE(reached_from(state).contains(link_state::closed));
  EXPECT_EQ(reached_from(link_state::closed).size(), 1U);
}

// No command is sent before the server was greeted, and none follows QUIT on its connection.
TEST(RedisLinkState, SendsCommandsBetweenGreetingAndQuit) {
  for (const auto& [from, to] : link_steps) {
    if (to == link_state::serving) {
      EXPECT_EQ(from, link_state::greeting);
    }
    if (to == link_state::greeting) {
      EXPECT_EQ(from, link_state::away);
    }
    if (from == link_state::quitting) {
      EXPECT_EQ(to, link_state::leaving);
    }
  }
  EXPECT_FALSE(may_follow(link_state::serving, link_state::away)) << "its exchanges end first";
}

// The pause doubles with each refusal, has a bound, and is short again once a server takes us.
TEST(RedisBackoff, GrowsToItsBound) {
  backoff wait;
  for (const auto expected : {500, 1'000, 2'000, 4'000, 4'000}) {
    EXPECT_EQ(wait.pause(), milliseconds(expected));
    wait.grow();
  }
  wait.reset();
  EXPECT_EQ(wait.pause(), backoff::shortest);
}

}  // namespace
}  // namespace sundown::redis
