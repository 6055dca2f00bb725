#include "app/routes.hpp"

#include "app/handlers/demo.hpp"
#include "app/handlers/hello.hpp"
#include "app/handlers/notes.hpp"

namespace sundown::app {

using http::request;

void add_routes(http::router& to, storage::note_store& notes, note_events& events) {
  const http::route_options json{.accepts = "application/json"};
  to.get("/", index);
  to.get("/hello", hello);
  to.post(
      "/v1/notes", [&](const request& asked) { return create_note(asked, notes, events); }, json);
  to.get("/v1/notes", [&](const request& asked) { return list_notes(asked, notes); });
  to.get("/v1/notes/{id}", [&](const request& asked) { return get_note(asked, notes); });
  to.put(
      "/v1/notes/{id}", [&](const request& asked) { return replace_note(asked, notes, events); }, json);
  to.remove("/v1/notes/{id}", [&](const request& asked) { return delete_note(asked, notes, events); });
}

void add_demo_routes(http::router& to) {
  to.get("/demo/sleep", demo_sleep);
  to.get("/demo/block", demo_block);
  to.get("/demo/bytes", demo_bytes);
  to.get("/demo/chunks", demo_chunks);
  to.get("/demo/events", demo_events);
  to.get("/demo/echo", demo_echo);
  to.post("/demo/upload", demo_upload, {.body_limit = std::uint64_t{64} << 30});
}

}  // namespace sundown::app
