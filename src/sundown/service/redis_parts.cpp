#include "service/redis_parts.hpp"

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

std::unique_ptr<storage::redis_client> make_redis(const redis::settings& given, stop::readiness& readiness) {
  auto client =
      std::make_unique<storage::redis_client>(storage::redis_options{.url = given.url, .timeout = given.timeout});
  const auto tell = [&readiness](bool up, const std::string& detail) {
    readiness.set("redis", up, detail, stop::readiness::importance::optional);
  };
  tell(false, "not connected yet");
  client->on_state(tell);
  return client;
}

void connect(storage::redis_client& client, bool fail_fast, const std::function<bool()>& stop_requested) {
  client.start();
  if (!fail_fast) return;
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
