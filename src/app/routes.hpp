#pragma once

#include <sundown/config.hpp>
#include <sundown/http/router.hpp>
#include <sundown/lifecycle/readiness.hpp>
#include <sundown/storage/note_store.hpp>

namespace sundown::app {

/// The service's HTTP surface.
void add_routes(http::router& to, storage::note_store& notes);

/// The routes for trying a drain by hand (demo.enabled).
void add_demo_routes(http::router& to);

/// The admin listener's: probes.
void add_admin_routes(http::router& to, const lifecycle::readiness& readiness);

}  // namespace sundown::app
