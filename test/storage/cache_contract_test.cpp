#include <sundown/cache.hpp>
#include <sundown/redis.hpp>
#include "storage/redis_fixture.hpp"
#include "support/testing.hpp"
#include "support/worker_thread.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using sundown::cache;

/// A cache and what it needs to live.
struct subject {
  virtual ~subject() = default;
  virtual cache& front() = 0;
};

struct lru_subject : subject {
  cache& front() override { return lru; }
  lru_cache lru{lru_options{}};
};

/// Each test has a server of its own.
struct redis_subject : subject {
  redis_subject() { session.start(); }
  cache& front() override { return redis; }

  redis_server server;
  redis_session session{{.url = server.url(), .timeout = ample}};
  redis::cache redis{session.client, {}};
};

struct implementation {
  std::string name;
  std::function<std::string()> missing;
  std::function<std::unique_ptr<subject>()> make;

  friend void PrintTo(const implementation& one, std::ostream* out) { *out << one.name; }
};

class Cache : public testing::TestWithParam<implementation> {
 protected:
  void SetUp() override {
    if (const auto missing = GetParam().missing(); !missing.empty()) GTEST_SKIP() << missing;
    subject_ = GetParam().make();
    front = &subject_->front();
  }

  cache::lookup get(std::string key) { return worker.run(front->get(std::move(key))).value(); }
  bool put(std::string key, std::string value, cache::fill_lease lease, std::chrono::milliseconds ttl = 1min) {
    return worker.run(front->put(std::move(key), std::move(value), ttl, lease)).value();
  }
  void fill(const std::string& key, std::string value) { ASSERT_TRUE(put(key, std::move(value), get(key).lease)); }

  worker_thread worker;  // outlives the threads that answer it, as in the service
  std::unique_ptr<subject> subject_;
  cache* front = nullptr;
};

// A miss gives a lease; with it the value is put, and read back byte for byte.
TEST_P(Cache, ReadsThrough) {
  const auto miss = get("key");
  EXPECT_FALSE(miss.value);
  EXPECT_TRUE(put("key", std::string("va\0lue", 6), miss.lease));
  EXPECT_EQ(get("key").value, std::string("va\0lue", 6));
  EXPECT_FALSE(get("other").value);
}

// An empty value is one, and no miss.
TEST_P(Cache, KeepsEmptyValues) {
  fill("key", "");
  EXPECT_EQ(get("key").value, "");
}

// An erased value is gone, and can be filled again by a new lease.
TEST_P(Cache, ErasedValuesAreGone) {
  fill("key", "old");
  ASSERT_TRUE(worker.run(front->erase("key")));
  EXPECT_FALSE(get("key").value);
  fill("key", "new");
  EXPECT_EQ(get("key").value, "new");
  EXPECT_TRUE(worker.run(front->erase("never there")));
}

// A lease from before an erase is void: what was read before the change must not be put after it.
TEST_P(Cache, AnEraseVoidsLeases) {
  const auto before = get("key");
  ASSERT_TRUE(worker.run(front->erase("key")));
  EXPECT_FALSE(put("key", "stale", before.lease));
  EXPECT_FALSE(get("key").value);
}

// A void lease stays void when another one has filled the miss meanwhile.
TEST_P(Cache, AVoidLeaseReplacesNothing) {
  const auto before = get("key");
  ASSERT_TRUE(worker.run(front->erase("key")));
  fill("key", "fresh");
  EXPECT_FALSE(put("key", "stale", before.lease));
  EXPECT_EQ(get("key").value, "fresh");
}

// A value vanishes when its time to live has passed.
TEST_P(Cache, ValuesExpire) {
  ASSERT_TRUE(put("key", "value", get("key").lease, 20ms));
  EXPECT_TRUE(eventually(ample, [&] { return !get("key").value; }));
}

INSTANTIATE_TEST_SUITE_P(
    Every, Cache,
    testing::Values(implementation{"lru", [] { return std::string(); }, [] { return std::make_unique<lru_subject>(); }},
                    implementation{"redis", redis_missing, [] { return std::make_unique<redis_subject>(); }}),
    [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace sundown::test
