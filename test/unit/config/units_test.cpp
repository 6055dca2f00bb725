#include "config/units.hpp"

#include <gtest/gtest.h>

namespace sundown::configuration {
namespace {

// A duration is a decimal number and a unit, exact to the millisecond.
TEST(Units, ReadsDurations) {
  EXPECT_EQ(parse_milliseconds("500ms").value(), 500);
  EXPECT_EQ(parse_milliseconds("8s").value(), 8000);
  EXPECT_EQ(parse_milliseconds("1.5s").value(), 1500);
  EXPECT_EQ(parse_milliseconds("1.1s").value(), 1100);
  EXPECT_EQ(parse_milliseconds("0.001s").value(), 1);
  EXPECT_EQ(parse_milliseconds("1m").value(), 60'000);
  EXPECT_EQ(parse_milliseconds("0.5m").value(), 30'000);
  EXPECT_EQ(parse_milliseconds("2h").value(), 7'200'000);
  EXPECT_EQ(parse_milliseconds("0s").value(), 0);
  EXPECT_EQ(parse_milliseconds("1.50s").value(), 1500);
}

// Whatever else it is, it is refused, never guessed.
TEST(Units, RefusesWhatIsNoDuration) {
  for (const auto* text : {"",
                           "s",
                           "8",
                           "8 s",
                           " 8s",
                           "8s ",
                           "-1s",
                           "+1s",
                           "1.s",
                           ".5s",
                           "1.5.5s",
                           "1e3s",
                           "8S",
                           "8sec",
                           "0.5ms",
                           "0.0001s",
                           "99999999999999999999s",
                           "9223372036854775807h",
                           "0x10s",
                           "nan",
                           "infs"})
    EXPECT_FALSE(parse_milliseconds(text)) << text;
  EXPECT_EQ(parse_milliseconds("8").error().detail.find("has no unit"), 0u);
}

// A size is a whole number and a binary unit; a bare number is bytes.
TEST(Units, ReadsSizes) {
  EXPECT_EQ(parse_bytes("512B").value(), 512);
  EXPECT_EQ(parse_bytes("64KiB").value(), 65536);
  EXPECT_EQ(parse_bytes("1MiB").value(), 1 << 20);
  EXPECT_EQ(parse_bytes("2GiB").value(), std::int64_t{2} << 30);
  EXPECT_EQ(parse_bytes("4096").value(), 4096);
  for (const auto* text :
       {"", "KiB", "1KB", "1kib", "1.5KiB", "-1", "1 MiB", "9223372036854775807GiB", "99999999999999999999"})
    EXPECT_FALSE(parse_bytes(text)) << text;
}

// What is printed reads back to the same value, in the unit a person would choose.
TEST(Units, PrintsWhatReadsBack) {
  EXPECT_EQ(milliseconds_text(5500), "5.5s");
  EXPECT_EQ(milliseconds_text(500), "500ms");
  EXPECT_EQ(milliseconds_text(60'000), "1m");
  EXPECT_EQ(milliseconds_text(90'000), "90s");
  EXPECT_EQ(bytes_text(8192), "8KiB");
  for (std::int64_t value = 0; value < 5'000'000; value = value * 3 / 2 + 1) {
    EXPECT_EQ(parse_milliseconds(milliseconds_text(value)).value(), value);
    EXPECT_EQ(parse_bytes(bytes_text(value)).value(), value);
  }
}

}  // namespace
}  // namespace sundown::configuration
