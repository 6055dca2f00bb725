#include "storage/redis/owed_erases.hpp"

#include "support/testing.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using redis::owed_erases;
using testing::IsEmpty;
using testing::SizeIs;

// A key is owed from its failure until that failure is paid for.
TEST(OwedErases, RemembersKeys) {
  owed_erases owed(10, 1h);
  EXPECT_FALSE(owed.owes("a"));
  owed.add("a");
  EXPECT_TRUE(owed.owes("a"));
  EXPECT_FALSE(owed.owes("b"));
  owed.paid(owed.some(10));
  EXPECT_FALSE(owed.owes("a"));
  EXPECT_TRUE(owed.empty());
}

// A key that fails again while it is being paid for stays owed: the erase under way may have come before the change.
TEST(OwedErases, KeepsWhatFailedAgain) {
  owed_erases owed(10, 1h);
  owed.add("a");
  const auto under_way = owed.some(10);
  owed.add("a");
  owed.paid(under_way);
  EXPECT_TRUE(owed.owes("a"));
  owed.paid(owed.some(10));
  EXPECT_FALSE(owed.owes("a"));
}

// Over the bound nothing is believed, for as long as an old value can live; those remembered stay remembered.
TEST(OwedErases, BelievesNothingOverTheBound) {
  owed_erases owed(1, 2s);
  owed.add("a");
  EXPECT_FALSE(owed.owes("c"));
  owed.add("b");
  EXPECT_THAT(owed.some(10), SizeIs(1));
  EXPECT_TRUE(owed.owes("c"));
  EXPECT_TRUE(eventually(ample, [&] { return !owed.owes("c"); }));
  EXPECT_TRUE(owed.owes("a"));
}

// No more is handed out at once than was asked for.
TEST(OwedErases, HandsOutSome) {
  owed_erases owed(10, 1h);
  EXPECT_THAT(owed.some(10), IsEmpty());
  for (const char* key : {"a", "b", "c"}) owed.add(key);
  EXPECT_THAT(owed.some(2), SizeIs(2));
  owed.paid(owed.some(2));
  EXPECT_EQ(owed.size(), 1u);
}

}  // namespace
}  // namespace sundown::test
