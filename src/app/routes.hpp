#pragma once

#include "app/notes/note_events.hpp"

#include <sundown/http/router.hpp>
#include "app/notes/note_store.hpp"

namespace sundown::app {

/// The service's HTTP surface.
void add_routes(http::router& to, storage::note_store& notes, note_events& events);

}  // namespace sundown::app
