#include <sundown/cache.hpp>

#include "base/cgroup.hpp"

#include <algorithm>
#include <array>
#include <list>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sundown {

std::size_t fitting_cache_capacity() {
  constexpr auto usual = lru_options().capacity;
  const auto memory = base::read_cgroup_limits().memory;
  return memory ? std::min<std::size_t>(usual, *memory / 8) : usual;
}

class lru_cache::shard {
 public:
  explicit shard(std::size_t capacity) : capacity_(capacity) {}

  lookup get(const std::string& key, std::size_t hash, clock::time_point now) {
    std::scoped_lock lock(mutex_);
    const auto found = index_.find(key);
    if (found != index_.end() && found->second->expires > now) {
      ++figures_.hits;
      recent_.splice(recent_.begin(), recent_, found->second);
      return {found->second->value, {}};
    }
    if (found != index_.end()) drop(found->second);
    ++figures_.misses;
    return {std::nullopt, {generation(hash)}};
  }

  bool put(std::string key, std::string value, std::size_t hash, clock::time_point expires, fill_lease lease) {
    std::scoped_lock lock(mutex_);
    if (lease.generation != generation(hash)) return false;
    if (const auto old = index_.find(key); old != index_.end()) drop(old->second);
    recent_.push_front({std::move(key), std::move(value), expires});
    const auto added = recent_.begin();
    if (cost(*added) > capacity_) {
      recent_.erase(added);
      return false;
    }
    index_.emplace(added->key, added);
    figures_.bytes += cost(*added);
    while (figures_.bytes > capacity_) {
      drop(std::prev(recent_.end()));
      ++figures_.evictions;
    }
    return true;
  }

  void erase(const std::string& key, std::size_t hash) {
    std::scoped_lock lock(mutex_);
    ++generation(hash);
    if (const auto found = index_.find(key); found != index_.end()) drop(found->second);
  }

  figures count() const {
    std::scoped_lock lock(mutex_);
    auto now = figures_;
    now.entries = recent_.size();
    return now;
  }

 private:
  struct entry {
    std::string key, value;
    clock::time_point expires;
  };
  using iterator = std::list<entry>::iterator;

  static constexpr std::size_t bookkeeping = 160;  // list node, index node and bucket, measured roughly

  static std::size_t cost(const entry& what) noexcept {
    return what.key.capacity() + what.value.capacity() + bookkeeping;
  }

  /// Keys share generations, so that erased keys need no memory; sharing can only void a lease too many.
  std::uint64_t& generation(std::size_t hash) noexcept { return generations_[(hash >> 16) % generations_.size()]; }

  void drop(iterator what) {
    figures_.bytes -= cost(*what);
    index_.erase(what->key);
    recent_.erase(what);
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::list<entry> recent_;                               // most recently used first
  std::unordered_map<std::string_view, iterator> index_;  // views of the entries' own keys
  std::array<std::uint64_t, 256> generations_{};
  figures figures_;
};

lru_cache::lru_cache(const lru_options& options, std::function<clock::time_point()> now) : now_(std::move(now)) {
  const auto count = std::max<std::size_t>(options.shards, 1);
  for (std::size_t i = 0; i < count; ++i) shards_.push_back(std::make_unique<shard>(options.capacity / count));
}

lru_cache::~lru_cache() = default;

lru_cache::shard& lru_cache::shard_of(std::size_t hash) const { return *shards_[hash % shards_.size()]; }

task<result<cache::lookup>> lru_cache::get(std::string key) {
  const auto hash = std::hash<std::string>{}(key);
  co_return shard_of(hash).get(key, hash, now_());
}

task<result<bool>> lru_cache::put(std::string key, std::string value, std::chrono::milliseconds ttl, fill_lease lease) {
  const auto hash = std::hash<std::string>{}(key);
  value.shrink_to_fit();  // who has put it together has left room to grow, up to as much again
  co_return shard_of(hash).put(std::move(key), std::move(value), hash, now_() + ttl, lease);
}

task<result<void>> lru_cache::erase(std::string key) {
  const auto hash = std::hash<std::string>{}(key);
  shard_of(hash).erase(key, hash);
  co_return result<void>();
}

lru_cache::figures lru_cache::count() const {
  figures sum;
  for (const auto& one : shards_) {
    const auto part = one->count();
    sum.entries += part.entries;
    sum.bytes += part.bytes;
    sum.hits += part.hits;
    sum.misses += part.misses;
    sum.evictions += part.evictions;
  }
  return sum;
}

}  // namespace sundown
