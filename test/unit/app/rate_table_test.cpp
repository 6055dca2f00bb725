#include "app/rate_table.hpp"

#include <gtest/gtest.h>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using app::rate_table;

// So many requests in a window, then none until it ends; and the wait is the rest of the window.
TEST(RateTable, CountsPerWindow) {
  rate_table table(2, 1s);
  const auto begin = rate_table::clock::now();
  EXPECT_FALSE(table.count("a", begin));
  EXPECT_FALSE(table.count("a", begin + 300ms));
  EXPECT_EQ(table.count("a", begin + 400ms), 600ms);
  EXPECT_EQ(table.count("a", begin + 999ms), 1ms);
  EXPECT_FALSE(table.count("a", begin + 1s));
  EXPECT_FALSE(table.count("a", begin + 1s));
  EXPECT_TRUE(table.count("a", begin + 1s));
}

// Each client has its own count.
TEST(RateTable, CountsPerClient) {
  rate_table table(1, 1s);
  const auto now = rate_table::clock::now();
  EXPECT_FALSE(table.count("a", now));
  EXPECT_FALSE(table.count("b", now));
  EXPECT_TRUE(table.count("a", now));
}

// Over the bound newcomers are let through uncounted, those known stay limited, and room is made when windows end.
TEST(RateTable, IsBounded) {
  rate_table table(1, 1s);
  const auto begin = rate_table::clock::now();
  for (std::size_t i = 0; i < 2 * rate_table::most_clients; ++i) EXPECT_FALSE(table.count(std::to_string(i), begin));
  EXPECT_TRUE(table.count("0", begin));
  EXPECT_FALSE(table.count("newcomer", begin));
  EXPECT_FALSE(table.count("newcomer", begin));
  EXPECT_FALSE(table.count("newcomer", begin + 1s));
  EXPECT_TRUE(table.count("newcomer", begin + 1s));
}

}  // namespace
}  // namespace sundown::test
