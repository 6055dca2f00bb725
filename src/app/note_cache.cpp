#include "app/note_cache.hpp"

#include "storage/lru_cache.hpp"
#include "storage/redis_cache.hpp"

#include <sundown/error.hpp>

#include <algorithm>

namespace sundown::app {

using namespace std::chrono_literals;

namespace {

/// For a connection, which takes longer than one answer.
constexpr std::chrono::milliseconds time_to_connect = 2s;

}  // namespace

std::unique_ptr<storage::redis_client> open_redis(const storage_config& given, lifecycle::readiness& readiness) {
  if (given.redis.url.empty()) return nullptr;
  auto client = std::make_unique<storage::redis_client>(
      storage::redis_options{.url = given.redis.url, .timeout = given.redis.timeout});
  const auto tell = [&readiness](bool up, const std::string& detail) {
    readiness.set("redis", up, detail, lifecycle::readiness::importance::optional);
  };
  tell(false, "not connected yet");
  client->on_state(tell);
  return client;
}

std::unique_ptr<storage::cache> open_cache(const storage_config& given, storage::redis_client* redis) {
  if (redis) return std::make_unique<storage::redis_cache>(*redis, storage::redis_cache_options{.ttl = given.cache.ttl});
  return std::make_unique<storage::lru_cache>(storage::lru_options{.capacity = given.cache.capacity});
}

void start_redis(storage::redis_client* redis, const storage_config& given) {
  if (!redis) return;
  redis->start();
  if (!given.fail_fast) return;
  const auto up = redis->wait_until_up(std::max(given.redis.timeout, time_to_connect));
  if (up) return;
  throw startup_error("no Redis to be used at " + redis->server() + ": " + up.error().detail +
                      "; start it or mend storage.redis.url, or set storage.fail_fast = false to start without it");
}

}  // namespace sundown::app
