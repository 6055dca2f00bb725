// Fractions out of texts.
#include "base/decimal.hpp"

#include <gtest/gtest.h>

namespace sundown::base {
namespace {

// The whole text is the fraction, or there is none.
TEST(ParseDecimal, TakesAWholeText) {
  EXPECT_EQ(parse_decimal("0.25"), 0.25);
  EXPECT_EQ(parse_decimal("-1.5"), -1.5);
  EXPECT_EQ(parse_decimal("1"), 1.0);
  EXPECT_EQ(parse_decimal("2.5e-1"), 0.25);
  for (const auto* text :
       {"", " 1", "1 ", "+1", "1x", "0x1", "1,5", "--1", "-", ".", "1.2.3", "1e", "inf", "nan", "1e999"}) {
    EXPECT_EQ(parse_decimal(text), std::nullopt) << text;
  }
}

// Where the notation is a fixed one there is no exponent.
TEST(ParseDecimal, HasNoExponentWhereItIsFixed) {
  EXPECT_EQ(parse_decimal("0.125", std::chars_format::fixed), 0.125);
  EXPECT_EQ(parse_decimal("1e-1", std::chars_format::fixed), std::nullopt);
}

}  // namespace
}  // namespace sundown::base
