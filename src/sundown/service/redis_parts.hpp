#pragma once

#include "storage/redis/client.hpp"

#include <sundown/cache.hpp>
#include <sundown/config.hpp>
#include <sundown/stop/readiness.hpp>

#include <functional>
#include <memory>

namespace sundown::serving {

/// The client of storage.redis.url, which is not empty; not started yet. The service does without Redis, so
/// readiness only names it while it is away.
std::unique_ptr<storage::redis_client> make_redis(const storage_config& given, stop::readiness& readiness);

/// The cache: in Redis, or in this process where `redis` is null.
std::unique_ptr<storage::cache> make_cache(const storage_config& given, storage::redis_client* redis);

/// Begins to connect. With storage.fail_fast waits for the server, until `stop_requested`, and throws startup_error if
/// it doesn't come.
void connect(storage::redis_client& client, const storage_config& given, const std::function<bool()>& stop_requested);

}  // namespace sundown::serving
