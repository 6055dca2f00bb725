#include <sundown/cache.hpp>

#include "base/cgroup.hpp"
#include "support/worker_thread.hpp"

#include <gtest/gtest.h>

#include <malloc.h>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using sundown::lru_cache;

class LruCache : public testing::Test {
 protected:
  bool fill(const std::string& key, std::string value, std::chrono::milliseconds ttl = 1min) {
    const auto miss = worker.run(front.get(key)).value();
    return worker.run(front.put(key, std::move(value), ttl, miss.lease)).value();
  }
  bool holds(const std::string& key) { return worker.run(front.get(key)).value().value.has_value(); }

  lru_cache::clock::time_point now{};
  lru_cache front{{.capacity = 4'000, .shards = 1}, [this] { return now; }};
  worker_thread worker;
};

// By default it takes 64 MiB, or an eighth of the memory that the control groups leave, if that is less.
TEST(CacheCapacity, FitsTheMemory) {
  constexpr std::uint64_t usual = 64 << 20;
  const auto memory = base::read_cgroup_limits().memory;
  EXPECT_EQ(fitting_cache_capacity(), memory ? std::min(usual, *memory / 8) : usual);
}

// Over the capacity the least recently used goes first, and the bytes never exceed it.
TEST_F(LruCache, EvictsTheLeastRecentlyUsed) {
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(fill(key, std::string(1'000, 'x')));
  ASSERT_TRUE(holds("a"));  // now "b" is the least recently used
  ASSERT_TRUE(fill("d", std::string(1'000, 'x')));
  EXPECT_FALSE(holds("b"));
  EXPECT_TRUE(holds("a"));
  EXPECT_TRUE(holds("c"));
  EXPECT_TRUE(holds("d"));
  EXPECT_EQ(front.count().evictions, 1U);
  for (int i = 0; i < 100; ++i) {
    fill(std::to_string(i), std::string(static_cast<std::size_t>(i * 20), 'x'));
    EXPECT_LE(front.count().bytes, 4'000U);
  }
}

// A value larger than the whole cache is refused and drives nothing out.
TEST_F(LruCache, RefusesWhatIsTooLarge) {
  ASSERT_TRUE(fill("small", "x"));
  EXPECT_FALSE(fill("large", std::string(5'000, 'x')));
  EXPECT_FALSE(holds("large"));
  EXPECT_TRUE(holds("small"));
  EXPECT_EQ(front.count().entries, 1U);
}

// What a value has reserved beyond its size is given back: the capacity bounds what the cache holds, not what it was
// told.
TEST_F(LruCache, HoldsNoMemoryThatItDoesNotCount) {
  const auto in_use = [] { return mallinfo2().uordblks + mallinfo2().hblkhd; };
  const auto before = in_use();
  for (int i = 0; i < 10; ++i) {
    std::string value(100, 'x');
    value.reserve(100'000);
    ASSERT_TRUE(fill(std::to_string(i), std::move(value)));
  }
  EXPECT_LT(in_use(), before + 100'000);
  EXPECT_EQ(front.count().entries, 10U);
}

// A value lives up to its time to live and not a moment longer; its bytes are given back.
TEST_F(LruCache, ExpiresExactly) {
  ASSERT_TRUE(fill("key", "value", 100ms));
  now += 99ms;
  EXPECT_TRUE(holds("key"));
  now += 1ms;
  EXPECT_FALSE(holds("key"));
  EXPECT_EQ(front.count().entries, 0U);
  EXPECT_EQ(front.count().bytes, 0U);
}

// Hits and misses are counted, and erasing gives back the bytes.
TEST_F(LruCache, Counts) {
  ASSERT_TRUE(fill("key", "value"));  // the miss before it
  holds("key");
  holds("other");
  EXPECT_EQ(front.count().hits, 1U);
  EXPECT_EQ(front.count().misses, 2U);
  ASSERT_TRUE(worker.run(front.erase("key")));
  EXPECT_EQ(front.count().bytes, 0U);
}

task<std::size_t> churn(lru_cache& front, unsigned seed) {
  std::size_t wrong = 0;
  for (unsigned i = 0; i < 20'000; ++i) {
    const auto key = std::to_string((i * 7 + seed) % 97);
    const auto found = co_await front.get(key);
    if (found->value && *found->value != "value of " + key) ++wrong;
    if (!found->value) (void)co_await front.put(key, "value of " + key, 1min, found->lease);
    if (i % 5 == 0) (void)co_await front.erase(key);
  }
  co_return wrong;
}

// Workers may use it at the same time; no one ever gets another key's value.
TEST(LruCacheThreads, ManyWorkers) {
  lru_cache front({.capacity = 20'000, .shards = 4});
  worker_thread first, second;
  auto one = first.start(churn(front, 1));
  auto two = second.start(churn(front, 2));
  EXPECT_EQ(await(std::move(one)), 0U);
  EXPECT_EQ(await(std::move(two)), 0U);
  EXPECT_LE(front.count().bytes, 20'000U);
}

}  // namespace
}  // namespace sundown::test
