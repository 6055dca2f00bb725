#include "service/admin_routes.hpp"

#include "service/admin.hpp"
#include "service/metrics.hpp"
#include "service/page.hpp"
#include "service/probes.hpp"
#include "service/status_stream.hpp"

namespace sundown::serving {

using http::request;

void add_admin_routes(http::router& routes, const admin_view& view) {
  routes.guarded_by([access = view.access](const request& asked) { return access.refusal(asked); });
  routes.get("/live", live);
  routes.get("/ready", [view](const request& asked) { return ready(asked, view.readiness); });
  routes.get("/status", [view](const request& asked) { return status(asked, view.server, view.stop, view.readiness); });
  routes.get("/status/stream",
             [view](const request& asked, http::response_stream& out) { return stream_status(asked, out, view); });
  if (!routes.find(http::verb::get, "/").match) routes.get("/", show_page);  // a service may have one of its own
  routes.get("/metrics", [view](const request& asked) {
    return show_metrics(asked, view.server, view.stop, view.tasks, view.own, view.certificates, view.version);
  });
  routes.post("/admin/shutdown", [view](const request& asked) { return begin_shutdown(asked, view.stop); });
  routes.post("/admin/drain", [view](const request& asked) { return drain(asked, view.readiness); });
  routes.post("/admin/undrain", [view](const request& asked) { return undrain(asked, view.readiness); });
}

}  // namespace sundown::serving
