#pragma once

#include "app/notes/feature.hpp"

#include <sundown/keys.hpp>
#include <sundown/service.hpp>

namespace sundown::app {

struct demo_settings {
  bool enabled = false;
};

/// What can be configured beside what every service has.
struct settings {
  storage_settings storage;
  demo_settings demo;
};

keys<settings> own_keys();

/// The service's features, each with its parts and routes.
void build(service& app, const settings& own);

}  // namespace sundown::app
