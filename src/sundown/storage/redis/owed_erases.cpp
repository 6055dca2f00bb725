#include "storage/redis/owed_erases.hpp"

namespace sundown::redis {

void owed_erases::add(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = keys_.find(key); found != keys_.end()) {
    found->second = ++number_;
  } else if (keys_.size() < most_) {
    keys_.emplace(key, ++number_);
  } else {
    nothing_until_.store((clock::now() + forget_).time_since_epoch().count(), std::memory_order_release);
  }
  size_.store(keys_.size(), std::memory_order_release);
}

bool owed_erases::owes(const std::string& key) const {
  const auto until = clock::time_point(clock::duration(nothing_until_.load(std::memory_order_acquire)));
  if (until != clock::time_point::min() && clock::now() < until) return true;
  if (empty()) return false;
  const std::scoped_lock lock(mutex_);
  return keys_.contains(key);
}

std::vector<owed_erases::entry> owed_erases::some(std::size_t count) const {
  std::vector<entry> out;
  const std::scoped_lock lock(mutex_);
  for (auto it = keys_.begin(); it != keys_.end() && out.size() < count; ++it) out.emplace_back(it->first, it->second);
  return out;
}

void owed_erases::paid(const std::vector<entry>& which) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [key, number] : which) {
    if (const auto found = keys_.find(key); found != keys_.end() && found->second == number) keys_.erase(found);
  }
  size_.store(keys_.size(), std::memory_order_release);
}

}  // namespace sundown::redis
