#pragma once

#include <sundown/redis.hpp>
#include <sundown/shared_counter.hpp>

namespace sundown::redis {

/// Counts of requests in Redis, under the program's name and ":rate:". Lifetime: the client must outlive it.
class rate_counts : public shared_counter {
 public:
  /// Tells the client what to rehearse: before it starts.
  explicit rate_counts(client& server);

  task<std::optional<count>> count_request(std::string client, milliseconds window) override;

 private:
  redis::client& server_;
};

}  // namespace sundown::redis
