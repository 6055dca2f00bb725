#pragma once

#include "storage/redis_client.hpp"

#include <sundown/config.hpp>
#include <sundown/lifecycle/readiness.hpp>
#include <sundown/storage/cache.hpp>

#include <functional>
#include <memory>

namespace sundown::app {

/// The client of storage.redis.url, not started yet; null where there is none. The service does without Redis, so
/// readiness only names it while it is away.
std::unique_ptr<storage::redis_client> make_redis(const storage_config& given, lifecycle::readiness& readiness);

/// The cache: in Redis, or in this process where `redis` is null.
std::unique_ptr<storage::cache> make_cache(const storage_config& given, storage::redis_client* redis);

/// Begins to connect. With storage.fail_fast waits for the server, until `stop_requested`, and throws startup_error if
/// it doesn't come.
void start_redis(storage::redis_client& client, const storage_config& given,
                 const std::function<bool()>& stop_requested);

}  // namespace sundown::app
