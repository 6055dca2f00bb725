#pragma once

#include "app/notes/note_events.hpp"

#include <sundown/http/router.hpp>
#include "app/notes/note_store.hpp"

namespace sundown::app {

/// The service's HTTP surface.
void add_routes(http::router& to, storage::note_store& notes, note_events& events);

/// The routes for trying a drain by hand (demo.enabled).
void add_demo_routes(http::router& to);

}  // namespace sundown::app
