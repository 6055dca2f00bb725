#include "service/rate_table.hpp"

#include <functional>
#include <random>

namespace sundown::serving {
namespace {

std::uint64_t random_number() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

/// The finalizer of SplitMix64: every bit of the result depends on every one of the argument.
std::uint64_t mixed(std::uint64_t v) {
  v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9;
  v = (v ^ v >> 27) * 0x94d049bb133111eb;
  return v ^ v >> 31;
}

}  // namespace

rate_table::rate_table(unsigned requests, std::chrono::milliseconds window)
    : requests_(requests), window_(window), secret_(random_number()) {}

std::optional<std::chrono::milliseconds> rate_table::count(std::string_view client, clock::time_point now) {
  auto& in = shard_of(client);
  const std::scoped_lock lock(in.mutex);
  auto& window = window_of(in, client, now);
  if (window.requests < requests_) {
    ++window.requests;
    return std::nullopt;
  }
  return std::chrono::ceil<std::chrono::milliseconds>(window.begin + window_ - now);
}

std::size_t rate_table::size() const {
  std::size_t all = 0;
  for (const auto& each : shards_) {
    const std::scoped_lock lock(each.mutex);
    all += each.by_client.size();
  }
  return all;
}

rate_table::shard& rate_table::shard_of(std::string_view client) {
  return shards_[mixed(std::hash<std::string_view>{}(client) ^ secret_) % shards_.size()];
}

/// The client's window, a new one if the last is over. Forgets what is over, so that a flood's memory is given back,
/// and over the bound the oldest.
rate_table::entry& rate_table::window_of(shard& in, std::string_view client, clock::time_point now) const {
  const auto forget_oldest = [&in] {
    in.by_client.erase(in.by_age.front().client);
    in.by_age.pop_front();
  };
  // Two for each that comes: it empties the table in the end, and no request pays for a flood that is over.
  for (int i = 0; i != 2 && !in.by_age.empty() && now - in.by_age.front().begin >= window_; ++i) forget_oldest();

  const auto found = in.by_client.find(client);
  if (found != in.by_client.end() && now - found->second->begin < window_) return *found->second;
  if (found != in.by_client.end()) {
    in.by_age.erase(found->second);
    in.by_client.erase(found);
  }
  if (in.by_client.size() >= most_clients / shards_.size()) forget_oldest();
  in.by_age.push_back({std::string(client), now, 0});
  in.by_client.emplace(in.by_age.back().client, std::prev(in.by_age.end()));
  return in.by_age.back();
}

}  // namespace sundown::serving
