// How the moments of a run are shaken.
#include "drain_kit/shaker.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sundown::testing::drain_kit {
namespace {

// The first run is played as it is written.
TEST(Shaker, LeavesTheFirstRunAlone) {
  shaker shake(7, 0, "pool");
  for (const auto moment : {0ms, 30ms, 300ms}) EXPECT_EQ(shake(moment), moment);
}

// Others between a half and one and a half, the same again by the same seed.
TEST(Shaker, ShakesTheOthersByTheSeed) {
  shaker one(7, 1, "pool"), again(7, 1, "pool"), other(8, 1, "pool");
  std::set<milliseconds> moments;
  int differs = 0;
  for (int i = 0; i < 100; ++i) {
    const auto moment = one(300ms);
    EXPECT_GE(moment, 150ms);
    EXPECT_LE(moment, 450ms);
    EXPECT_EQ(moment, again(300ms));
    differs += moment != other(300ms) ? 1 : 0;
    moments.insert(moment);
  }
  EXPECT_GT(moments.size(), 20U);
  EXPECT_GT(differs, 50);
}

}  // namespace
}  // namespace sundown::testing::drain_kit
