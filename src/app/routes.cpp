#include "app/routes.hpp"

#include "app/hello.hpp"
#include "app/notes/notes.hpp"

namespace sundown::app {

using http::request;

void add_routes(http::router& to, storage::note_store& notes, note_events& events) {
  to.get("/", index);
  to.get("/hello", hello);
  add_note_routes(to.group("/v1/notes"), notes, events);
}

}  // namespace sundown::app
