#include "app/rate_table.hpp"

#include <functional>

namespace sundown::app {

std::optional<std::chrono::milliseconds> rate_table::count(const std::string& client, clock::time_point now) {
  auto& in = shards_[std::hash<std::string>{}(client) % shards_.size()];
  const std::scoped_lock lock(in.mutex);
  auto found = in.clients.find(client);
  if (found == in.clients.end()) {
    if (!make_room(in, now)) return std::nullopt;
    found = in.clients.emplace(client, entry{now, 0}).first;
  }
  auto& one = found->second;
  if (now - one.begin >= window_) one = {now, 0};
  if (one.requests < requests_) {
    ++one.requests;
    return std::nullopt;
  }
  return std::chrono::ceil<std::chrono::milliseconds>(one.begin + window_ - now);
}

/// Forgets those whose window is over, at most once a window: looking through all of them for each newcomer would be
/// work that clients could make us do.
bool rate_table::make_room(shard& in, clock::time_point now) const {
  const auto most = most_clients / shards_.size();
  if (in.clients.size() < most) return true;
  if (now < in.next_sweep) return false;
  in.next_sweep = now + window_;
  std::erase_if(in.clients, [&](const auto& each) { return now - each.second.begin >= window_; });
  return in.clients.size() < most;
}

}  // namespace sundown::app
