#include "app/demo/demo.hpp"
#include "app/notes/cached_note_store.hpp"
#include "app/notes/note_events.hpp"
#include "app/notes/note_storage.hpp"
#include "app/routes.hpp"
#include "app/settings.hpp"
#include "service/redis_parts.hpp"

#include <sundown/service.hpp>

#include <utility>

namespace {

using namespace sundown;

/// The notes service: its parts in the order of their dependencies, its figures, its routes.
void build(service& app, const app::settings& own) {
  const auto& given = app.configuration().storage;
  auto opened = app::open_note_storage(given, {app.blocking(), app.readiness(), [&] { return app.stop_requested(); }});
  const auto kind = opened->name();
  auto& stored = app.add(kind, std::move(opened));
  auto& cache = app.add("cache", serving::make_cache(given, app.redis()));
  auto& notes = app.add<storage::cached_note_store>("notes", stored.notes(), cache, given.cache.ttl);
  app.on_shared([&](bool shared) { notes.pass_by(shared); });

  auto& events = app.add<app::note_events>("note events", app.background(), app.redis());
  app.on_forced_exit([&] { events.give_up(); });
  app.metrics().gauge("note_events_waiting", "Note events that wait for Redis.",
                      [&] { return static_cast<double>(events.waiting()); });
  app.metrics().counter("note_events_lost_total", "Note events given up, named in the log.",
                        [&] { return static_cast<double>(events.lost()); });

  app::add_routes(app.routes(), notes, events);
  if (own.demo.enabled) app::add_demo_routes(app.routes());
}

}  // namespace

int main(int argc, char** argv) {
  return sundown::run(argc, argv, {"sundown", SUNDOWN_VERSION, "An HTTP service with the shutdown built in."},
                      app::own_keys(), build);
}
