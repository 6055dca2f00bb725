#include <sundown/redis.hpp>

#include "storage/redis/rate_counts.hpp"

#include <sundown/service.hpp>
#include <sundown/stop/readiness.hpp>
#include <sundown/time.hpp>

#include <chrono>
#include <utility>

namespace sundown::redis {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 2s;        // of a start that needs the server
constexpr auto look_at_stop = 20ms;  // while waiting

constexpr std::size_t descriptors = 8;  // the thread's epoll, eventfd and timerfd; the connection, and a new one

void wait_for(service& app, client& server, const std::string& advice) {
  const auto end = clock::now() + patience;
  for (;;) {
    const auto up = server.wait_until_up(look_at_stop);
    if (up || app.stop_requested()) return;
    if (clock::now() < end) continue;
    throw startup_error("no Redis to be used at " + up.error().detail + "; " + advice);
  }
}

}  // namespace

client& connect(service& app, const settings& server, const std::string& name) {
  app.takes_descriptors(descriptors);
  auto& connected = app.add<client>(name, server);
  const auto tell = [&ready = app.readiness(), name](bool up, const std::string& detail) {
    ready.set(name, up, detail, stop::readiness::importance::optional);
  };
  tell(false, "not connected yet");
  connected.on_state(tell);
  app.on_start([&connected] { connected.start(); });
  return connected;
}

void require(service& app, client& server, std::string advice) {
  app.on_start([&app, &server, advice = std::move(advice)] { wait_for(app, server, advice); });
}

void share_rate_limit(service& app, client& server) {
  if (app.configuration().http.rate_limit.requests != 0)
    app.share_rate_limit(app.add<rate_counts>("rate limit", server));
}

}  // namespace sundown::redis
