#pragma once

#include "service/rate_table.hpp"

#include <sundown/http/response.hpp>
#include <sundown/shared_counter.hpp>
#include <sundown/task.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace sundown::serving {

/// The most requests that a client may make in a window (http.rate_limit): a guard for a router.
///
/// Counted for all instances where there is a shared counter; in this process, for all its workers, where there is none
/// or it can't count, so that its failure neither locks clients out nor lets them all in. Thread safety: any worker.
/// Lifetime: the counter must outlive it.
class rate_limiter {
 public:
  /// `shared` may be null.
  rate_limiter(unsigned requests, std::chrono::milliseconds window, shared_counter* shared);

  /// Counts a request from this address (client_network): nothing, or the 429 with its Retry-After.
  task<std::optional<http::response>> admit(std::string address);

 private:
  const unsigned requests_;
  const std::chrono::milliseconds window_;
  shared_counter* const shared_;
  rate_table here_;
};

}  // namespace sundown::serving
