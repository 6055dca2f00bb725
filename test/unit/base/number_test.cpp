// Numbers out of texts.
#include "base/number.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace sundown::base {
namespace {

// The whole text is the number, or there is none.
TEST(ParseNumber, TakesAWholeText) {
  EXPECT_EQ(parse_number<int>("0"), 0);
  EXPECT_EQ(parse_number<int>("-17"), -17);
  EXPECT_EQ(parse_number<int>("007"), 7);
  for (const auto* text : {"", " 1", "1 ", "+1", "1x", "0x1", "1.0", "1e3", "--1", "-"}) {
    EXPECT_EQ(parse_number<int>(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_number<unsigned>("-1"), std::nullopt);
}

// Both ends belong to the range; what doesn't fit the type is in no range.
TEST(ParseNumber, IsInItsRange) {
  EXPECT_EQ(parse_number("1", 1, 5), 1);
  EXPECT_EQ(parse_number("5", 1, 5), 5);
  EXPECT_EQ(parse_number("0", 1, 5), std::nullopt);
  EXPECT_EQ(parse_number("6", 1, 5), std::nullopt);
  EXPECT_EQ(parse_number<std::uint8_t>("255"), 255);
  EXPECT_EQ(parse_number<std::uint8_t>("256"), std::nullopt);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551616"), std::nullopt);
}

}  // namespace
}  // namespace sundown::base
