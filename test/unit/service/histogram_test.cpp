// Values by bucket: which one counts them, and which trace it names.
#include "service/histogram_buckets.hpp"

#include <sundown/metrics.hpp>

#include <gmock/gmock.h>

#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;

std::vector<std::uint64_t> counts_of(const histogram& values) {
  return {values.contents().counts.begin(), values.contents().counts.end()};
}

// A bound belongs to its bucket.
TEST(Histogram, CountsByBucket) {
  histogram values({0.5, 1, 10});
  for (const double value : {-1.0, 0.5, 0.75, 1.0, 10.0, 10.5, 1e9}) values.observe(value);
  EXPECT_THAT(counts_of(values), testing::ElementsAre(2, 2, 1, 2));
  EXPECT_EQ(values.contents().sum.load(), 1e9 + 21.75);
}

TEST(Histogram, RefusesBoundsThatDoNotAscend) {
  const auto infinite = std::numeric_limits<double>::infinity(), none = std::numeric_limits<double>::quiet_NaN();
  for (const auto& bounds : std::vector<std::vector<double>>{{1, 1}, {2, 1}, {1, infinite}, {none}})
    EXPECT_THROW(histogram{bounds}, std::invalid_argument);
  histogram all({});
  all.observe(1);
  EXPECT_THAT(counts_of(all), testing::ElementsAre(1));
}

// The newest sampled value of its bucket; one that isn't sampled, or in no trace, is counted alone.
TEST(Histogram, NamesTheNewestTrace) {
  histogram values({1});
  const auto in_trace = [](std::uint8_t number, std::uint8_t flags) {
    trace::trace_id trace;
    trace::span_id span;
    trace.fill(number);
    span.fill(number);
    return trace::context(trace, span, flags);
  };
  const auto exemplar = [&](std::size_t bucket) { return values.contents().exemplars[bucket].read(0ns); };
  values.observe(0.25);
  values.observe(0.25, in_trace(1, 0));
  EXPECT_FALSE(exemplar(0));
  values.observe(0.5, in_trace(2, trace::context::sampled_flag));
  values.observe(0.75, in_trace(3, trace::context::sampled_flag));
  values.observe(0.25, in_trace(4, 0));
  ASSERT_TRUE(exemplar(0));
  EXPECT_EQ(exemplar(0)->trace.front(), 3);
  EXPECT_EQ(exemplar(0)->value, 0.75);
  EXPECT_FALSE(exemplar(1));
}

TEST(Histogram, LosesNoneOfManyThreads) {
  histogram values({1});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 10'000; ++k) values.observe(k % 2 == 0 ? 0.5 : 2);
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_THAT(counts_of(values), testing::ElementsAre(20'000, 20'000));
  EXPECT_EQ(values.contents().sum.load(), 50'000);
}

// Those of one name are told apart by their labels alone.
TEST(Histogram, IsOneForItsNameAndLabels) {
  metrics all;
  auto& first = all.histogram("a", "help", {1}, {{"origin", "x"}});
  EXPECT_EQ(&first, &all.histogram("a", "help", {1}, {{"origin", "x"}}));
  EXPECT_NE(&first, &all.histogram("a", "help", {1}, {{"origin", "y"}}));
  EXPECT_NE(&first, &all.histogram("b", "help", {1}, {{"origin", "x"}}));
}

}  // namespace
}  // namespace sundown::test
