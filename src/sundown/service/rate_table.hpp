#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sundown::serving {

/// Counts requests per client in windows that begin with a client's first request.
///
/// Bounded: of more than `most_clients` the one whose window began longest ago is forgotten, and counted anew when it
/// comes again. So a newcomer is counted however many there are, nobody is refused for what others do, and who wants to
/// be forgotten has to come from tens of thousands of other addresses first.
/// Takes constant time, however full it is. Thread safety: any thread; sharded by client, so that workers seldom meet
/// at a lock.
class rate_table {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t most_clients = 65'536;

  rate_table(unsigned requests, std::chrono::milliseconds window);

  /// Counts one; nothing if it may go on, else the time until the client's window ends. `now` never goes back.
  std::optional<std::chrono::milliseconds> count(std::string_view client, clock::time_point now);

  /// Clients that are remembered.
  std::size_t size() const;

 private:
  struct entry {
    std::string client;
    clock::time_point begin;
    unsigned requests = 0;
  };
  using entries = std::list<entry>;
  struct shard {
    mutable std::mutex mutex;
    entries by_age;  ///< by the beginning of their windows, the oldest first
    std::unordered_map<std::string_view, entries::iterator> by_client;
  };

  shard& shard_of(std::string_view client);
  entry& window_of(shard& in, std::string_view client, clock::time_point now) const;

  const unsigned requests_;
  const std::chrono::milliseconds window_;
  const std::uint64_t secret_;  ///< so that nobody can choose addresses that crowd one shard
  std::array<shard, 16> shards_;
};

}  // namespace sundown::serving
