#pragma once

#include "service/rate_table.hpp"
#include "storage/redis/client.hpp"

#include <sundown/http/response.hpp>
#include <sundown/task.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace sundown::serving {

/// The most requests that a client may make in a window (http.rate_limit): a guard for a router.
///
/// Counted in Redis for all instances that share it; in this process, for all its workers, where there is no Redis or
/// it does not answer, so that its failure neither locks clients out nor lets them all in. Thread safety: any worker.
/// Lifetime: the client must outlive it.
class rate_limiter {
 public:
  /// `redis` may be null; it is told what to rehearse if there is a limit, before it starts.
  rate_limiter(unsigned requests, std::chrono::milliseconds window, storage::redis_client* redis);

  /// Counts a request from this address (client_network): nothing, or the 429 with its Retry-After.
  task<std::optional<http::response>> admit(std::string address);

 private:
  const unsigned requests_;
  const std::chrono::milliseconds window_;
  storage::redis_client* const redis_;
  rate_table here_;
};

}  // namespace sundown::serving
