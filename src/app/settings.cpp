#include "app/settings.hpp"

namespace sundown::app {

keys<settings> own_keys() {
  keys<demo_settings> demo("demo");
  demo.flag(&demo_settings::enabled, "enabled", "The /demo/ routes; not for production");

  keys<settings> all;
  return all.include(&settings::demo, demo);
}

}  // namespace sundown::app
