#pragma once

#include <sundown/cache.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sundown::storage {

struct lru_options {
  std::size_t capacity = 64 << 20;  ///< bytes of keys, values and their bookkeeping; split evenly over the shards
  std::size_t shards = 16;          ///< locks; more of them, less waiting, but a smaller largest value
};

/// The cache in this process: least recently used out first, bounded in bytes, each entry with its time to live.
/// Sharded by key, so that workers seldom meet at a lock; nothing under a lock blocks or allocates much.
class lru_cache : public cache {
 public:
  using clock = std::chrono::steady_clock;
  struct figures {
    std::size_t entries = 0, bytes = 0;
    std::uint64_t hits = 0, misses = 0, evictions = 0;
  };

  /// `now` is injected, so that a test needs no wait for a time to live.
  explicit lru_cache(const lru_options& options, std::function<clock::time_point()> now = clock::now);
  ~lru_cache() override;

  task<result<lookup>> get(std::string key) override;
  task<result<bool>> put(std::string key, std::string value, std::chrono::milliseconds ttl, fill_lease lease) override;
  task<result<void>> erase(std::string key) override;

  figures count() const;

 private:
  class shard;
  shard& shard_of(std::size_t hash) const;

  std::function<clock::time_point()> now_;
  std::vector<std::unique_ptr<shard>> shards_;
};

}  // namespace sundown::storage
