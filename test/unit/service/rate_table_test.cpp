#include "service/rate_table.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <random>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using serving::rate_table;

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

// Over the bound newcomers are counted like anybody, and what is remembered stays within it.
TEST(RateTable, CountsNewcomersWhenItIsFull) {
  rate_table table(2, 1h);
  const auto now = rate_table::clock::now();
  for (std::size_t i = 0; i < 3 * rate_table::most_clients; ++i) ASSERT_FALSE(table.count(std::to_string(i), now));
  EXPECT_LE(table.size(), rate_table::most_clients);
  EXPECT_GE(table.size(), rate_table::most_clients * 9 / 10);
  for (int i = 0; i < 1000; ++i) {
    const auto newcomer = "newcomer " + std::to_string(i);
    ASSERT_FALSE(table.count(newcomer, now));
    ASSERT_FALSE(table.count(newcomer, now));
    ASSERT_TRUE(table.count(newcomer, now));
  }
}

// Room is made when windows end, by those that come then.
TEST(RateTable, ForgetsWhatIsOver) {
  rate_table table(1, 1s);
  const auto begin = rate_table::clock::now();
  for (std::size_t i = 0; i < rate_table::most_clients; ++i) table.count(std::to_string(i), begin);
  // So many that each shard sees enough of them, and each so late that the one before is over as well.
  for (int i = 0; i < 100'000; ++i) table.count("later " + std::to_string(i), begin + 1s + i * 1s);
  EXPECT_LE(table.size(), 100u);
}

// However many addresses an attacker has: an honest client, which keeps the limit, is never refused; and one that
// doesn't gets no more than its limit, and that again for as many others as the table remembers.
TEST(RateTable, HoldsUnderManyAddresses) {
  constexpr unsigned limit = 5;
  constexpr unsigned others = 300'000;
  std::mt19937 random(1);
  rate_table table(limit, 1h);
  const auto begin = rate_table::clock::now();
  int admitted = 0, asked = 0;
  unsigned honest = 0;
  for (unsigned i = 0; i < others; ++i) {
    const auto now = begin + i * 10ms;  // within one window
    table.count(std::to_string(random()), now);
    if (i % 3 == 0) {
      ++asked;
      admitted += table.count("greedy", now) ? 0 : 1;
    }
    if (i % (others / limit) == 0) {
      ++honest;
      ASSERT_FALSE(table.count("honest", now)) << i;
    }
  }
  EXPECT_EQ(honest, limit);
  EXPECT_GE(admitted, static_cast<int>(limit));
  // Shards fill a little unevenly.
  EXPECT_LE(admitted, static_cast<int>(limit * (1 + std::size_t{others} * 11 / (10 * rate_table::most_clients))))
      << asked;
}

}  // namespace
}  // namespace sundown::test
