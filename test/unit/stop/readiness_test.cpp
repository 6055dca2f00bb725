#include <sundown/stop/readiness.hpp>

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using stop::readiness;
using testing::ElementsAre;
using testing::IsEmpty;

// Not ready until start-up is over, and the reason says so.
TEST(readiness_state, IsNotReadyWhileStarting) {
  readiness state;
  EXPECT_FALSE(state.ready());
  EXPECT_THAT(state.reasons(), ElementsAre("starting"));
  EXPECT_FALSE(state.drain());
  state.started();
  EXPECT_TRUE(state.ready());
  EXPECT_THAT(state.reasons(), IsEmpty());
}

// The rehearsal can be taken back, any number of times.
TEST(readiness_state, DrainIsReversible) {
  readiness state;
  state.started();
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(state.drain());
    EXPECT_TRUE(state.drain());
    EXPECT_FALSE(state.ready());
    EXPECT_THAT(state.reasons(), ElementsAre("draining"));
    EXPECT_TRUE(state.undrain());
    EXPECT_TRUE(state.ready());
  }
}

// The real stop is final.
TEST(readiness_state, StopIsFinal) {
  readiness state;
  state.started();
  state.stop();
  EXPECT_FALSE(state.undrain());
  EXPECT_FALSE(state.drain());
  state.started();
  EXPECT_FALSE(state.ready());
  EXPECT_THAT(state.reasons(), ElementsAre("stopping"));
}

// A dependency that is down makes the process not ready, by name, until it is up again.
TEST(readiness_state, FollowsItsDependencies) {
  readiness state;
  state.started();
  state.set("redis", false);
  state.set("mongodb", false, "connection refused");
  EXPECT_FALSE(state.ready());
  EXPECT_THAT(state.reasons(), ElementsAre("mongodb: connection refused", "redis: down"));
  state.set("mongodb", true);
  EXPECT_FALSE(state.ready());
  state.set("redis", true);
  EXPECT_TRUE(state.ready());
  EXPECT_THAT(state.reasons(), IsEmpty());
}

// One that it can do without is named, but takes nothing from its readiness.
TEST(readiness_state, IsReadyWithoutWhatIsOptional) {
  readiness state;
  state.started();
  state.set("redis", false, "connection refused", readiness::importance::optional);
  EXPECT_TRUE(state.ready());
  EXPECT_THAT(state.reasons(), IsEmpty());
  EXPECT_THAT(state.degraded(), ElementsAre("redis: connection refused"));
  state.set("redis", true, {}, readiness::importance::optional);
  EXPECT_THAT(state.degraded(), IsEmpty());
}

}  // namespace
}  // namespace sundown::test
