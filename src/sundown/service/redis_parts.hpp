#pragma once

#include "storage/redis/client.hpp"

#include <sundown/cache.hpp>
#include <sundown/redis/settings.hpp>
#include <sundown/stop/readiness.hpp>

#include <functional>
#include <memory>

namespace sundown::serving {

/// The client of storage.redis.url, which is not empty; not started yet. The service does without Redis, so
/// readiness only names it while it is away.
std::unique_ptr<storage::redis_client> make_redis(const redis::settings& given, stop::readiness& readiness);

/// Begins to connect. With storage.fail_fast waits for the server, until `stop_requested`, and throws startup_error if
/// it doesn't come.
void connect(storage::redis_client& client, bool fail_fast, const std::function<bool()>& stop_requested);

}  // namespace sundown::serving
