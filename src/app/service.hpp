#pragma once

#include "app/api.hpp"
#include "app/demo/demo.hpp"
#include "app/hello.hpp"
#include "app/notes/feature.hpp"

#include <sundown/http/router.hpp>
#include <sundown/keys.hpp>
#include <sundown/service.hpp>

/// What the service is made of, on one screen: its settings, and its features with their parts and routes. A header, so
/// that tests can serve it in process.
namespace sundown::app {

struct demo_settings {
  bool enabled = false;
};

/// What can be configured beside what every service has.
struct settings {
  api_settings api;
  storage_settings storage;
  note_settings notes;
  demo_settings demo;
};

inline keys<settings> own_keys() {
  keys<demo_settings> demo("demo");
  demo.flag(&demo_settings::enabled, "enabled", "The /demo/ routes; not for production");

  keys<settings> all;
  all.include(&settings::api, api_keys());
  all.include(&settings::storage, storage_keys()).include(&settings::notes, note_keys());
  all.include(&settings::demo, demo);
  return all;
}

inline void build(service& app, const settings& own) {
  app.routes().get("/", [&app](const http::request&) { return index(app.identity()); });
  app.routes().get("/hello", hello);
  add_notes(app, open_api(app.routes(), own.api), own.storage, own.notes);
  if (own.demo.enabled) add_demo_routes(app.routes());
}

}  // namespace sundown::app
