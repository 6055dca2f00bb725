#include "storage/mongodb/state.hpp"

#include <gtest/gtest.h>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using mongodb::deployment_state;
using verdict = deployment_state::verdict;

class MongoState : public testing::Test {
 protected:
  void bring_up() {
    state.topology_changed(true, now);
    state.prepared({}, now);
  }
  deployment_state::time_point now{1h};
  deployment_state state{1s, now};
};

// A server that takes writes is not enough: the preparation comes first, at once.
TEST_F(MongoState, UpOncePrepared) {
  EXPECT_EQ(state.at(now), verdict::in_doubt);
  EXPECT_FALSE(state.wants_preparation(now));
  state.topology_changed(true, now);
  EXPECT_EQ(state.at(now), verdict::in_doubt);
  EXPECT_TRUE(state.wants_preparation(now));
  state.prepared({}, now);
  EXPECT_EQ(state.at(now), verdict::up);
  EXPECT_FALSE(state.next_change(now));
}

// A refused preparation is down with the reason, and is tried again a second later.
TEST_F(MongoState, RetriesARefusedPreparation) {
  state.topology_changed(true, now);
  state.prepared(error{errc::unavailable, "wrong password"}, now);
  EXPECT_EQ(state.at(now), verdict::down);
  EXPECT_EQ(state.why(), "wrong password");
  EXPECT_FALSE(state.wants_preparation(now));
  EXPECT_EQ(state.next_change(now), now + 1s);
  EXPECT_TRUE(state.wants_preparation(now + 1s));
}

// A server whose login failed is lost to the driver, which finds it again at once: that is no reason to try sooner.
TEST_F(MongoState, RetriesALoginNoSooner) {
  state.topology_changed(true, now);
  state.topology_changed(false, now);
  state.prepared(error{errc::unavailable, "wrong password"}, now);
  EXPECT_EQ(state.at(now), verdict::down);
  EXPECT_EQ(state.why(), "wrong password");
  state.topology_changed(true, now + 500ms);
  EXPECT_FALSE(state.wants_preparation(now + 500ms));
  EXPECT_EQ(state.why(), "wrong password");
  EXPECT_TRUE(state.wants_preparation(now + 1s));
}

// No server that takes writes is a doubt, until a heartbeat fails: then it is down at once, with what that said.
TEST_F(MongoState, DownWhenAHeartbeatFails) {
  bring_up();
  state.topology_changed(false, now);
  EXPECT_EQ(state.at(now), verdict::in_doubt);
  state.heartbeat_failed("connection refused", false);
  EXPECT_EQ(state.at(now), verdict::down);
  EXPECT_EQ(state.why(), "connection refused");
}

// What refuses is down, but not lost: it can be told of the end.
TEST_F(MongoState, LostOrRefusing) {
  state.topology_changed(true, now);
  state.prepared(error{errc::unavailable, "a role is missing"}, now);
  EXPECT_EQ(state.at(now), verdict::down);
  EXPECT_FALSE(state.lost(now));
  state.topology_changed(false, now);
  EXPECT_TRUE(state.lost(now));
  state.topology_changed(true, now);
  state.prepared({}, now);
  state.topology_changed(false, now);
  EXPECT_FALSE(state.lost(now)) << "it may be an election";
  EXPECT_TRUE(state.lost(now + 1s));
}

// Who refuses is down; who says nothing at all is silent, until he takes writes again.
TEST_F(MongoState, SilentOrRefusing) {
  bring_up();
  state.heartbeat_failed("no answer", true);
  EXPECT_FALSE(state.silent()) << "another server takes writes";
  state.topology_changed(false, now);
  EXPECT_TRUE(state.silent());
  state.heartbeat_failed("connection refused", false);
  EXPECT_FALSE(state.silent());
  state.heartbeat_failed("no answer", true);
  state.topology_changed(true, now);
  EXPECT_FALSE(state.silent());
}

// The driver tells of the heartbeat first, of the topology then: the same.
TEST_F(MongoState, DownInTheDriversOrder) {
  bring_up();
  state.heartbeat_failed("connection refused", false);
  EXPECT_EQ(state.at(now), verdict::up);
  state.topology_changed(false, now);
  EXPECT_EQ(state.at(now), verdict::down);
}

// A doubt that lasts is down as well, such as a replica set without a primary.
TEST_F(MongoState, DownWhenTheDoubtLasts) {
  bring_up();
  state.topology_changed(false, now);
  EXPECT_EQ(state.next_change(now), now + 1s);
  EXPECT_EQ(state.at(now + 999ms), verdict::in_doubt);
  EXPECT_EQ(state.at(now + 1s), verdict::down);
  EXPECT_FALSE(state.next_change(now + 1s));
  EXPECT_EQ(state.why(), "no server answers that takes writes");
}

// What was prepared stays so: a server that is back is up at once.
TEST_F(MongoState, UpAgainAtOnce) {
  bring_up();
  state.heartbeat_failed("connection refused", false);
  state.topology_changed(false, now);
  state.topology_changed(true, now + 5s);
  EXPECT_EQ(state.at(now + 5s), verdict::up);
  state.topology_changed(false, now + 6s);
  EXPECT_EQ(state.at(now + 6s), verdict::in_doubt) << "the failure of then says nothing of now";
}

// A user that is locked out while all is running is down until a preparation works again.
TEST_F(MongoState, LockedOut) {
  bring_up();
  state.locked_out("wrong password", now);
  EXPECT_EQ(state.at(now), verdict::down);
  EXPECT_EQ(state.why(), "wrong password");
  EXPECT_TRUE(state.wants_preparation(now + 1s));
  state.prepared({}, now + 1s);
  EXPECT_EQ(state.at(now + 1s), verdict::up);
}

// What is refused is a complaint, not an end: it stays up, until nothing was refused for ten seconds.
TEST_F(MongoState, ComplainsOfRefusals) {
  bring_up();
  state.refused("disk full", now);
  EXPECT_EQ(state.at(now), verdict::up);
  EXPECT_EQ(state.complaint(), "disk full");
  state.refused("disk full", now + 5s);
  EXPECT_EQ(state.next_change(now + 5s), now + 15s);
  state.settle(now + 14s);
  EXPECT_EQ(state.complaint(), "disk full");
  state.settle(now + 15s);
  EXPECT_EQ(state.complaint(), "");
  EXPECT_FALSE(state.next_change(now + 15s));
}

// A complaint that comes back stays longer each time; a new preparation ends it.
TEST_F(MongoState, ComplainsLongerEachTime) {
  bring_up();
  state.refused("disk full", now);
  state.settle(now + 10s);
  state.refused("disk full", now + 10s);
  EXPECT_EQ(state.next_change(now + 10s), now + 30s);
  state.prepared({}, now + 11s);
  EXPECT_EQ(state.complaint(), "");
}

}  // namespace
}  // namespace sundown::test
