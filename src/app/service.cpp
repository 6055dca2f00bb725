#include "app/service.hpp"

#include "app/demo/demo.hpp"
#include "app/hello.hpp"

#include <sundown/http/router.hpp>

namespace sundown::app {

keys<settings> own_keys() {
  keys<demo_settings> demo("demo");
  demo.flag(&demo_settings::enabled, "enabled", "The /demo/ routes; not for production");

  keys<settings> all;
  all.include(&settings::storage, storage_keys());
  all.include(&settings::demo, demo);
  return all;
}

void build(service& app, const settings& own) {
  app.routes().get("/", [&app](const http::request&) { return index(app.identity()); });
  app.routes().get("/hello", hello);
  add_notes(app, own.storage);
  if (own.demo.enabled) add_demo_routes(app.routes());
}

}  // namespace sundown::app
