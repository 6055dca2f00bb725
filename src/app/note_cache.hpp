#pragma once

#include "storage/redis_client.hpp"

#include <sundown/config.hpp>
#include <sundown/lifecycle/readiness.hpp>
#include <sundown/storage/cache.hpp>

#include <memory>

namespace sundown::app {

/// The connection to Redis, not begun yet; null if none is configured. The service does without it while it is away,
/// and `readiness`, which must outlive it, says so.
std::unique_ptr<storage::redis_client> open_redis(const storage_config& given, lifecycle::readiness& readiness);

/// The cache that the configuration asks for: in Redis, or in this process where `redis` is null.
std::unique_ptr<storage::cache> open_cache(const storage_config& given, storage::redis_client* redis);

/// Begins to connect; `redis` may be null. With storage.fail_fast it waits for the server, and throws startup_error if
/// it doesn't answer.
void start_redis(storage::redis_client* redis, const storage_config& given);

}  // namespace sundown::app
