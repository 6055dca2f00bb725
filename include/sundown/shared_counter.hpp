#pragma once

#include <sundown/task.hpp>
#include <sundown/time.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sundown {

/// Requests per client, counted in one place for all instances of a service: what http.rate_limit counts in where a
/// component offers it (redis::share_rate_limit).
///
/// Thread safety: any worker.
class shared_counter {
 public:
  struct count {
    std::int64_t number = 0;  ///< of the request in its client's window, from 1
    milliseconds left{0};     ///< of that window
  };

  virtual ~shared_counter() = default;

  /// Counts a request of the client; its window begins with its first one and lasts for `window`. Nothing: it can't be
  /// counted there now, and each instance counts for itself.
  virtual task<std::optional<count>> count_request(std::string client, milliseconds window) = 0;
};

}  // namespace sundown
