#include "app/routes.hpp"

#include "app/demo/demo.hpp"
#include "app/hello.hpp"
#include "app/notes/notes.hpp"

namespace sundown::app {

using http::request;

void add_routes(http::router& to, storage::note_store& notes, note_events& events) {
  to.get("/", index);
  to.get("/hello", hello);
  add_note_routes(to.group("/v1/notes"), notes, events);
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
