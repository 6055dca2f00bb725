#pragma once

#include "app/notes/settings.hpp"

#include <sundown/http/router.hpp>
#include <sundown/service.hpp>

namespace sundown::app {

/// The notes in a service: their store, cache, events and outbox as parts in the order of their dependencies, their
/// figures, and the routes below /notes of the API.
void add_notes(service& app, http::route_group api, const storage_settings& given, const note_settings& own);

}  // namespace sundown::app
