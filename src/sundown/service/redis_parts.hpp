#pragma once

#include "storage/redis_client.hpp"

#include <sundown/config.hpp>
#include <sundown/stop/readiness.hpp>
#include <sundown/storage/cache.hpp>

#include <functional>
#include <memory>

namespace sundown::serving {

/// The client of storage.redis.url, not started yet; null where there is none. The service does without Redis, so
/// readiness only names it while it is away.
std::unique_ptr<storage::redis_client> make_redis(const storage_config& given, stop::readiness& readiness);

/// The cache: in Redis, or in this process where `redis` is null.
std::unique_ptr<storage::cache> make_cache(const storage_config& given, storage::redis_client* redis);

/// The client at work. When an exception keeps it from being closed, its thread ends with this object: construct it
/// after everything that the thread calls.
class redis_at_work {
 public:
  /// Begins to connect; `client` may be null. With storage.fail_fast waits for the server, until `stop_requested`, and
  /// throws startup_error if it doesn't come.
  redis_at_work(storage::redis_client* client, const storage_config& given,
                const std::function<bool()>& stop_requested);
  redis_at_work(const redis_at_work&) = delete;
  redis_at_work& operator=(const redis_at_work&) = delete;
  ~redis_at_work();

 private:
  storage::redis_client* const client_;
};

}  // namespace sundown::serving
