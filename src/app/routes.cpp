#include "app/routes.hpp"

#include "app/handlers/demo.hpp"
#include "app/handlers/hello.hpp"
#include "app/handlers/metrics.hpp"
#include "app/handlers/notes.hpp"
#include "service/admin.hpp"
#include "service/probes.hpp"

namespace sundown::app {

using namespace serving;

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

void add_admin_routes(http::router& to, const admin_view& view) {
  to.get("/live", live);
  to.get("/ready", [view](const request& asked) { return ready(asked, view.readiness); });
  to.get("/status", [view](const request& asked) { return status(asked, view.server, view.stop, view.readiness); });
  to.get("/metrics",
         [view](const request& asked) { return metrics(asked, view.server, view.stop, view.tasks, view.events); });
  to.post("/admin/shutdown", [view](const request& asked) { return begin_shutdown(asked, view.stop, view.token); });
  to.post("/admin/drain", [view](const request& asked) { return drain(asked, view.readiness, view.token); });
  to.post("/admin/undrain", [view](const request& asked) { return undrain(asked, view.readiness, view.token); });
}

}  // namespace sundown::app
