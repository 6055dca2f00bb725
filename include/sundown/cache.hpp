#pragma once

#include <sundown/error.hpp>
#include <sundown/task.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sundown::storage {

/// The cache seam of the sample: values that can be had again from elsewhere, and may vanish at any moment.
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
};

}  // namespace sundown::storage
