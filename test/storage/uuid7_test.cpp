#include <sundown/uuid7.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sundown {
namespace {

using std::chrono::milliseconds;

// The shape of RFC 9562 §5.7: 48 bits of time, version 7, variant 10.
TEST(Uuid7, HasTheShapeOfTheRfc) {
  uuid7_generator ids;
  const auto id = ids.next(milliseconds{0x017F22E279B0});  // the RFC's example, appendix A.6
  EXPECT_THAT(id, testing::MatchesRegex("017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

// Ids ascend within one millisecond, beyond the counter's range, and after the clock was set back.
TEST(Uuid7, Ascends) {
  uuid7_generator ids;
  std::string last;
  for (int i = 0; i < 20'000; ++i) {
    const auto now = milliseconds{1'700'000'000'000 + (i < 10'000 ? 0 : -60'000)};
    const auto id = ids.next(now);
    ASSERT_LT(last, id) << i;
    last = id;
  }
  EXPECT_LT(last, ids.next(milliseconds{1'700'000'001'000})) << "and goes on with the clock";
}

// Ids go on after any id that was made elsewhere, whatever the clock says; what is no UUIDv7 is no such id.
TEST(Uuid7, StartsAfter) {
  constexpr milliseconds now{1'700'000'000'000};
  for (const std::string before : {"017f22e2-79b0-7000-8000-000000000000", "02000000-0000-7000-bfff-ffffffffffff",
                                   "02000000-0000-7fff-bfff-ffffffffffff", "02ffffff-ffff-7fff-bfff-ffffffffffff"}) {
    uuid7_generator ids;
    ids.start_after(before);
    const auto first = ids.next(now), second = ids.next(now);
    EXPECT_LT(before, first);
    EXPECT_LT(first, second);
  }
  uuid7_generator ids;
  ids.start_after("02000000-0000-7000-8000-000000000000");
  ids.start_after("01000000-0000-7000-8000-000000000000");
  EXPECT_LT("02000000-0000-7000-8000-000000000000", ids.next(now)) << "a smaller one takes nothing back";
  for (const char* text : {"", "zzz", "02000000-0000-4000-8000-000000000000", "02000000-0000-7g00-8000-000000000000",
                           "ffffffff-ffff-7fff-bfff-ffffffffffff", "-2000000-0000-7000-8000-000000000000"}) {
    uuid7_generator fresh;
    fresh.start_after(text);
    EXPECT_LT(fresh.next(now), "018c0000-0000-7000-8000-000000000000") << text;
  }
}

// Two generators don't make the same ids.
TEST(Uuid7, GeneratorsDiffer) {
  std::set<std::string> all;
  for (int i = 0; i < 100; ++i) all.insert(uuid7_generator{}.next(milliseconds{1'700'000'000'000}));
  EXPECT_EQ(all.size(), 100U);
}

}  // namespace
}  // namespace sundown
