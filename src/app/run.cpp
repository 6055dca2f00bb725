#include "app/run.hpp"

#include "app/fd_limit.hpp"
#include "app/rate_limiter.hpp"
#include "app/routes.hpp"
#include "config/print.hpp"
#include "lifecycle/signals.hpp"
#include "lifecycle/watchdog.hpp"
#include "lifecycle/worker_pool.hpp"
#include "storage/blocking_pool.hpp"
#include "storage/cached_note_store.hpp"
#include "storage/lru_cache.hpp"
#include "storage/redis_cache.hpp"
#include "storage/redis_client.hpp"
#include "storage/sqlite_note_store.hpp"

#include <sundown/http/server.hpp>
#include <sundown/lifecycle/background.hpp>
#include <sundown/lifecycle/readiness.hpp>
#include <sundown/lifecycle/shutdown.hpp>
#include <sundown/log.hpp>

#include <algorithm>
#include <sstream>
#include <thread>

#include <unistd.h>

namespace sundown::app {

using namespace std::chrono_literals;

namespace {

/// The forced exit: no destructor, but the log.
void leave(int code) {
  log::stop(100ms);
  ::_exit(code);
}

int stopped_early() {
  log::info("stopped during start-up");
  return lifecycle::drained;
}

std::size_t worker_count(const http_config& http) {
  return http.workers != 0 ? http.workers : std::max(1U, std::thread::hardware_concurrency());
}

std::vector<asio::io_context*> contexts(lifecycle::worker_pool& workers) {
  std::vector<asio::io_context*> all;
  for (std::size_t i = 0; i < workers.size(); ++i) all.push_back(&workers.context(i));
  return all;
}

http_config admin_server(const config& given) {
  auto http = given.http;
  http.address = given.admin.address;
  http.port = given.admin.port;
  return http;
}

/// SIGHUP: what can change while serving does; the rest is named.
void reload(const control_plane& control, const config& running, http::server& server) {
  const auto fresh = control.reload();
  if (!fresh) return;
  log::set_level(fresh->log.level);
  server.set_access_log(fresh->log.access);
  for (const auto& change : configuration::changed_keys(running, *fresh)) {
    if (!change.reloadable) log::warn("reload: needs a restart", {{"key", change.name}});
  }
  log::info("reloaded");
}

/// An exception out of the control plane is a bug, but no reason to drop what is being served: it stops the service in
/// its order. The parts below are destroyed only when nothing runs any more.
void run_to_the_end(asio::io_context& control, lifecycle::shutdown& stop) {
  for (;;) {
    try {
      control.run();
      return;
    } catch (const std::exception& e) {
      stop.fail(e.what());
    }
  }
}

/// The connection to Redis, if there is one in the configuration. The service does without it, and says so.
std::unique_ptr<storage::redis_client> make_redis(const storage_config& given, lifecycle::readiness& readiness) {
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

std::unique_ptr<storage::cache> make_cache(const storage_config& given, storage::redis_client* redis) {
  if (redis) return std::make_unique<storage::redis_cache>(*redis, storage::redis_cache_options{.ttl = given.cache.ttl});
  return std::make_unique<storage::lru_cache>(storage::lru_options{.capacity = given.cache.capacity});
}

std::string text_of(const asio::ip::tcp::endpoint& at) {
  std::ostringstream text;
  text << at;
  return text.str();
}

}  // namespace

int run(const config& given, const control_plane& control) {
  if (control.signals.stop_requested()) return stopped_early();
  raise_fd_limit();
  std::function<void()> last_words;  // before a forced exit
  lifecycle::shutdown stop(control.context, lifecycle::make_plan(given.shutdown), [&](int code) {
    if (last_words) last_words();
    leave(code);
  });
  stop.guarded_by(control.watchdog);

  lifecycle::readiness readiness;
  stop.on_trigger([&] { readiness.stop(); });

  // On the control plane: it answers while every worker is blocked. First in, so the last to be closed.
  http::router admin_routes;
  http::server admin({&control.context}, admin_routes, admin_server(given), stop.clock(), {"admin", false});
  stop.add("admin", admin);

  lifecycle::worker_pool workers(worker_count(given.http), [&](std::string why) { stop.fail(std::move(why)); });
  stop.add("workers", workers);
  storage::blocking_pool blocking(given.storage.blocking);
  stop.add("blocking pool", blocking);

  if (control.signals.stop_requested()) return stopped_early();
  storage::sqlite_note_store stored({given.storage.sqlite.path, given.storage.sqlite.timeout, given.storage.blocking.queue}, blocking);
  stop.add("sqlite", stored);
  const auto redis = make_redis(given.storage, readiness);
  if (redis) stop.add("redis", *redis);
  const auto cache = make_cache(given.storage, redis.get());
  storage::cached_note_store notes(stored, *cache, given.storage.cache.ttl);

  lifecycle::background tasks(control.context.get_executor());
  stop.finishes(tasks);

  note_events events(tasks, redis.get());
  last_words = [&] { events.give_up(); };

  http::router routes;
  add_routes(routes, notes, events);
  const auto& rate = given.http.rate_limit;
  rate_limiter limiter(rate.requests, rate.window, redis.get());
  if (rate.requests != 0)
    routes.guarded_by([&](const http::request& asked) { return limiter.admit(std::string(asked.remote())); });
  if (given.demo.enabled) add_demo_routes(routes);
  http::server server(contexts(workers), routes, given.http, stop.clock(), {"http", given.log.access});
  stop.drains(server);
  add_admin_routes(admin_routes, {server, stop, readiness, tasks, events, given.admin.token});

  if (control.signals.stop_requested()) return stopped_early();
  stop.on_last([&] { control.signals.stop_waiting(); });
  workers.start();
  if (redis) redis->start();
  server.start();
  admin.start();
  control.signals.bind(stop, [&] { reload(control, given, server); });
  readiness.started();
  log::info("ready", {{"http", text_of(server.local_endpoint())},
                      {"admin", text_of(admin.local_endpoint())},
                      {"workers", workers.size()},
                      {"shutdown", lifecycle::to_string(stop.clock().plan())}});
  run_to_the_end(control.context, stop);
  return stop.exit_code();
}

}  // namespace sundown::app
