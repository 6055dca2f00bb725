#include "service/redis_parts.hpp"

#include "storage/cache/lru_cache.hpp"
#include "storage/redis/cache.hpp"

#include <sundown/error.hpp>
#include <sundown/time.hpp>

#include <chrono>
#include <string>

namespace sundown::serving {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 2s;        // of fail_fast
constexpr auto look_at_stop = 20ms;  // while waiting

}  // namespace

std::unique_ptr<storage::redis_client> make_redis(const storage_config& given, stop::readiness& readiness) {
  auto client = std::make_unique<storage::redis_client>(
      storage::redis_options{.url = given.redis.url, .timeout = given.redis.timeout});
  const auto tell = [&readiness](bool up, const std::string& detail) {
    readiness.set("redis", up, detail, stop::readiness::importance::optional);
  };
  tell(false, "not connected yet");
  client->on_state(tell);
  return client;
}

std::unique_ptr<storage::cache> make_cache(const storage_config& given, storage::redis_client* redis) {
  if (redis)
    return std::make_unique<storage::redis_cache>(*redis, storage::redis_cache_options{.ttl = given.cache.ttl});
  return std::make_unique<storage::lru_cache>(storage::lru_options{.capacity = given.cache.capacity});
}

void connect(storage::redis_client& client, const storage_config& given, const std::function<bool()>& stop_requested) {
  client.start();
  if (!given.fail_fast) return;
  const auto end = clock::now() + patience;
  for (;;) {
    const auto up = client.wait_until_up(look_at_stop);
    if (up || stop_requested()) return;
    if (clock::now() < end) continue;
    throw startup_error("no Redis to be used at " + up.error().detail +
                        "; start it or mend storage.redis.url, or set storage.fail_fast = false to start without it");
  }
}

}  // namespace sundown::serving
