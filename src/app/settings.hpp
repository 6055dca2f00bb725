#pragma once

#include <sundown/keys.hpp>

namespace sundown::app {

struct demo_settings {
  bool enabled = false;
};

/// What can be configured beside what every service has.
struct settings {
  demo_settings demo;
};

keys<settings> own_keys();

}  // namespace sundown::app
