#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sundown::redis {

/// The keys whose values in a cache must not be believed, because erasing them has failed: to be erased before they are
/// read again. Bounded: over `most` keys, none is believed for `forget` longer than the last that found no place.
/// Thread safety: any thread. With nothing owed, owes() is two loads.
class owed_erases {
 public:
  using clock = std::chrono::steady_clock;
  /// A key and which of its failures is meant: one that failed again meanwhile stays owed.
  using entry = std::pair<std::string, std::uint64_t>;

  owed_erases(std::size_t most, clock::duration forget) : most_(most), forget_(forget) {}

  void add(const std::string& key);
  /// True if the key's value must not be used.
  bool owes(const std::string& key) const;
  /// Up to `count` of them, to be tried again.
  std::vector<entry> some(std::size_t count) const;
  void paid(const std::vector<entry>& which);

  bool empty() const noexcept { return size_.load(std::memory_order_acquire) == 0; }
  std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }

 private:
  const std::size_t most_;
  const clock::duration forget_;
  std::atomic<std::size_t> size_{0};
  std::atomic<clock::rep> nothing_until_{clock::time_point::min().time_since_epoch().count()};
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<std::string, std::uint64_t> keys_;
  std::uint64_t number_ = 0;
};

}  // namespace sundown::redis
