#pragma once

#include <sundown/cache.hpp>

#include "base/program_name.hpp"
#include "storage/redis/client.hpp"
#include "storage/redis/owed_erases.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace sundown::storage {

struct redis_cache_options {
  std::string prefix = std::string(base::program_name()) + ":cache:";
  std::chrono::milliseconds ttl{60'000};    ///< the longest that a value may be kept
  std::chrono::milliseconds lease{10'000};  ///< how long a miss may be filled
  std::size_t largest = 256 << 10;          ///< of a value; a larger one is not taken
  std::size_t owed = 10'000;                ///< failed erases that are remembered
};

/// The cache in Redis, shared by all instances of the service that use the same server and prefix.
///
/// Leases: beside a key's value stands a random number while it may be filled. A miss gets it (the first one makes it),
/// put() keeps the value only if it still stands there, and erase() removes both, each in one step of the server: so an
/// erase by any instance voids the leases of all. A lease that expires or is evicted is void too.
///
/// What holds when erasing fails (Redis is away, slow, refuses it, or its answer is lost): this instance doesn't read
/// that key from the cache until erasing it has succeeded, which is tried again when the connection is back and each
/// half second from then on; at more than `owed` such keys it passes the cache by altogether for ttl + lease. Other
/// instances, and this one after a restart, may read the old value for up to ttl + lease, unless it is erased before.
/// While Redis takes no writes from anybody (it is full, it can't save), all instances pass the cache by, since none of
/// them can void what the others read; each of them notices that within half a second. A server that comes back with an
/// old snapshot of its data may bring back an erased value, for what was left of its ttl.
/// Errors: as redis_client. Thread safety and lifetime: as cache; the client must outlive it and be closed first.
class redis_cache : public cache {
 public:
  /// Takes the client's beat, and tells it what to rehearse: before the client starts.
  redis_cache(redis_client& client, const redis_cache_options& options);

  task<result<lookup>> get(std::string key) override;
  task<result<bool>> put(std::string key, std::string value, std::chrono::milliseconds ttl, fill_lease lease) override;
  task<result<void>> erase(std::string key) override;

  /// Keys that are still to be erased.
  std::size_t owed() const noexcept { return owed_.size(); }

 private:
  std::string value_key(const std::string& key) const { return options_.prefix + '{' + key + '}'; }
  std::string lease_key(const std::string& key) const { return options_.prefix + '{' + key + "}:lease"; }
  void pay_back();

  redis_client& client_;
  const redis_cache_options options_;
  owed_erases owed_;
  std::atomic<bool> paying_{false};
};

}  // namespace sundown::storage
