#include "app/notes/feature.hpp"

#include "app/notes/cached_note_store.hpp"
#include "app/notes/note_events.hpp"
#include "app/notes/note_storage.hpp"
#include "app/notes/notes.hpp"

#include <sundown/cache.hpp>
#include <sundown/http/router.hpp>
#include <sundown/http_client/outbox.hpp>
#include <sundown/metrics.hpp>
#include <sundown/mongodb.hpp>
#include <sundown/redis.hpp>
#include <sundown/sqlite.hpp>

#include <memory>
#include <utility>

namespace sundown::app {

namespace {

/// The server for cache, rate limit and note events; null without one.
redis::client* connect_redis(service& app, const storage_settings& given) {
  if (given.redis.url.empty()) return nullptr;
  auto& server = redis::connect(app, given.redis);
  if (given.fail_fast)
    redis::require(app, server,
                   "start it or mend storage.redis.url, or set storage.fail_fast = false to start without it");
  redis::share_rate_limit(app, server);
  return &server;
}

/// In Redis, or in this process where there is none.
std::unique_ptr<cache> make_cache(const cache_settings& given, redis::client* server) {
  if (server) return std::make_unique<redis::cache>(*server, redis::cache_options(given.ttl));
  return std::make_unique<lru_cache>(
      lru_options{.capacity = given.capacity ? *given.capacity : fitting_cache_capacity()});
}

}  // namespace

void add_notes(service& app, http::route_group api, const storage_settings& given, const note_settings& own) {
  const bool webhook = !own.webhook.url.empty();
  app.takes_descriptors(given.mongodb.uri.empty() ? sqlite::descriptors(app.blocking()) : mongodb::descriptors);
  auto opened = open_note_storage(given, {app.blocking(), app.configuration().blocking.queue, app.readiness(),
                                          [&] { return app.stop_requested(); }, webhook});
  const auto kind = opened->name();
  auto& stored = app.add(kind, std::move(opened));
  auto* const server = connect_redis(app, given);
  auto& front = app.add("cache", make_cache(given.cache, server));
  auto& notes = app.add<storage::cached_note_store>("notes", stored.notes(), front, given.cache.ttl);
  app.on_shared([&](bool shared) { notes.pass_by(shared); });

  auto& events = app.add<note_events>("note events", app.background(), server);
  app.on_forced_exit([&] { events.give_up(); });
  app.metrics().gauge("note_events_waiting", "Note events that wait for Redis.",
                      [&] { return static_cast<double>(events.waiting()); });
  app.metrics().counter("note_events_lost_total", "Note events given up, named in the log.",
                        [&] { return static_cast<double>(events.lost()); });

  if (webhook) http_client::open_outbox(app, stored.outbox(), own.webhook, "webhook");

  add_note_routes(api.group("/notes"), notes, events);
}

}  // namespace sundown::app
