#pragma once

#include "app/notes/settings.hpp"

#include <sundown/service.hpp>

namespace sundown::app {

/// The notes in a service: their store, cache and events as parts in the order of their dependencies, their figures,
/// and the routes below /v1/notes.
void add_notes(service& app, const storage_settings& given);

}  // namespace sundown::app
