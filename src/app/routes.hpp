#pragma once

#include "app/note_events.hpp"

#include <sundown/http/router.hpp>
#include <sundown/http/server.hpp>
#include <sundown/stop/readiness.hpp>
#include <sundown/stop/shutdown.hpp>
#include <sundown/storage/note_store.hpp>

namespace sundown::app {

/// The service's HTTP surface.
void add_routes(http::router& to, storage::note_store& notes, note_events& events);

/// The routes for trying a drain by hand (demo.enabled).
void add_demo_routes(http::router& to);

/// What the admin listener's routes look at and act upon.
struct admin_view {
  const http::server& server;
  stop::shutdown& stop;
  stop::readiness& readiness;
  const stop::background& tasks;
  const note_events& events;
  std::string token;  ///< admin.token
};

/// The admin listener's: probes, metrics, the stop and its rehearsal.
void add_admin_routes(http::router& to, const admin_view& view);

}  // namespace sundown::app
