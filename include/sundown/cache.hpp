#pragma once

#include <sundown/error.hpp>
#include <sundown/task.hpp>
#include <sundown/trace/database_address.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sundown {

/// Values that can be had again from elsewhere, and may vanish at any moment: lru_cache in this process, redis::cache
/// in a server that all instances share.
///
/// Reading through, without ever keeping a stale value:
///
///     auto found = co_await cache.get(key);              // a miss comes with a lease
///     if (found && !found->value) ... read the source, then co_await cache.put(key, value, ttl, found->lease);
///
/// and whoever changes the source calls erase(key) afterwards. An erase voids every lease given before it, so a value
/// that was read before the change can't be put after it.
/// Errors: unavailable, timed_out; callers go on without the cache.
/// Thread safety: any worker; a call resumes on the worker that made it.
class cache {
 public:
  /// The right to fill one miss.
  struct fill_lease {
    std::uint64_t generation = 0;
  };
  struct lookup {
    lookup() = default;
    lookup(std::optional<std::string> found, fill_lease fill) : value(std::move(found)), lease(fill) {}

    std::optional<std::string> value;
    fill_lease lease;  ///< only of use after a miss
  };

  virtual ~cache() = default;

  virtual task<result<lookup>> get(std::string key) = 0;
  /// True if the value was taken; false if it was not: the lease is void, or the value too large.
  virtual task<result<bool>> put(std::string key, std::string value, std::chrono::milliseconds ttl,
                                 fill_lease lease) = 0;
  virtual task<result<void>> erase(std::string key) = 0;
  /// What the spans of its calls name; nullptr: it is in this process, where calls have no spans.
  virtual const trace::database_address* traced_as() const noexcept { return nullptr; }
};

/// A size for lru_options::capacity: 64 MiB, or an eighth of the memory that the control groups leave to this process
/// (a container's limit), if that is less.
std::size_t fitting_cache_capacity();

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

}  // namespace sundown
