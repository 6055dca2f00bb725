#pragma once

#include "app/notes/note_events.hpp"

#include <sundown/http/router.hpp>
#include "app/notes/note_store.hpp"

namespace sundown::app {

/// The notes: a list of them at the group's own path, each under its id. Lifetime: longer than the router.
void add_note_routes(http::route_group to, storage::note_store& notes, note_events& events);

}  // namespace sundown::app
