#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace sundown::app {

/// Counts requests per client in windows that begin with a client's first request.
///
/// Bounded: over `most_clients` within one window, further ones are not counted, and let through.
/// Thread safety: any thread; sharded by client, so that workers seldom meet at a lock.
class rate_table {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t most_clients = 65'536;

  rate_table(unsigned requests, std::chrono::milliseconds window) : requests_(requests), window_(window) {}

  /// Counts one; nothing if it may go on, else the time until the client's window ends.
  std::optional<std::chrono::milliseconds> count(const std::string& client, clock::time_point now);

 private:
  struct entry {
    clock::time_point begin;
    unsigned requests = 0;
  };
  struct shard {
    std::mutex mutex;
    std::unordered_map<std::string, entry> clients;
    clock::time_point next_sweep = clock::time_point::min();
  };

  bool make_room(shard& in, clock::time_point now) const;

  const unsigned requests_;
  const std::chrono::milliseconds window_;
  std::array<shard, 16> shards_;
};

}  // namespace sundown::app
