#include "otlp/span_queue.hpp"
#include "support/testing.hpp"

#include <gmock/gmock.h>

#include <array>
#include <thread>

namespace sundown::test {
namespace {

using otlp::span_queue;
using placed = span_queue::placed;

// Spans leave in the order in which they came, in batches, with commas between them.
TEST(SpanQueue, MakesBatches) {
  span_queue queue(100, 3, "");
  EXPECT_EQ(queue.put("a"), placed::waits);
  EXPECT_EQ(queue.put("b"), placed::waits);
  EXPECT_FALSE(queue.has_complete());
  EXPECT_FALSE(queue.take(false));
  EXPECT_EQ(queue.put("c"), placed::completes_a_batch);
  EXPECT_EQ(queue.put("d"), placed::waits);
  EXPECT_TRUE(queue.has_complete());
  const auto first = queue.take(true);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->text, "a,b,c");
  EXPECT_EQ(first->count, 3U);
  EXPECT_FALSE(queue.take(false));
  const auto rest = queue.take(true);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->text, "d");
  EXPECT_FALSE(queue.take(true));
}

// Over the number it refuses, and has room again for what has left.
TEST(SpanQueue, IsBoundedByNumber) {
  span_queue queue(4, 2, "");
  for (int i = 0; i < 4; ++i) EXPECT_NE(queue.put("x"), placed::refused);
  EXPECT_EQ(queue.put("x"), placed::refused);
  EXPECT_EQ(queue.take(true)->count, 2U);
  EXPECT_NE(queue.put("x"), placed::refused);
  EXPECT_NE(queue.put("x"), placed::refused);
  EXPECT_EQ(queue.put("x"), placed::refused);
}

// Few, but large ones are bounded by their bytes, and a batch of them is cut before a collector's own limit.
TEST(SpanQueue, IsBoundedByBytes) {
  span_queue queue(1024, 1024, "");
  const std::string large(64 << 10, 'x');
  std::size_t taken = 0;
  while (queue.put(large) != placed::refused) ++taken;
  EXPECT_LE(taken * large.size(), 1024 * span_queue::bytes_each);
  EXPECT_GT(taken * large.size(), 1024 * span_queue::bytes_each * 9 / 10);
  EXPECT_EQ(queue.put("x"), placed::waits);  // there is room for a small one
  std::size_t left = 0;
  while (const auto next = queue.take(true)) {
    EXPECT_LT(next->text.size(), 3U << 20);
    left += next->count;
  }
  EXPECT_EQ(left, taken + 1);
}

// From several threads, while another one takes: each span is taken or refused, and none twice.
TEST(SpanQueue, LosesNoneBetweenThreads) {
  span_queue queue(256, 16, "");
  std::atomic<std::size_t> refused{0}, taken{0};
  std::atomic<int> running{4};
  constexpr std::size_t each = 20'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (std::size_t n = 0; n < each; ++n)
        if (queue.put("{}") == placed::refused) ++refused;
      --running;
    });
  while (running != 0 || queue.has_complete())
    if (const auto next = queue.take(false)) taken += next->count;
  for (auto& one : threads) one.join();
  while (const auto next = queue.take(true)) taken += next->count;
  EXPECT_EQ(taken + refused, 4 * each);
  EXPECT_GT(taken, 0U);
}

}  // namespace
}  // namespace sundown::test
