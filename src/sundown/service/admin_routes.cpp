#include "service/admin_routes.hpp"

#include "service/admin.hpp"
#include "service/metrics.hpp"
#include "service/probes.hpp"

namespace sundown::serving {

using http::request;

void add_admin_routes(http::router& routes, const admin_view& view) {
  routes.guarded_by([access = view.access](const request& asked) { return access.refusal(asked); });
  routes.get("/live", live);
  routes.get("/ready", [view](const request& asked) { return ready(asked, view.readiness); });
  routes.get("/status", [view](const request& asked) { return status(asked, view.server, view.stop, view.readiness); });
  routes.get("/metrics", [view](const request& asked) {
    return show_metrics(asked, view.server, view.stop, view.tasks, view.own, view.certificates, view.version);
  });
  routes.post("/admin/shutdown", [view](const request& asked) { return begin_shutdown(asked, view.stop); });
  routes.post("/admin/drain", [view](const request& asked) { return drain(asked, view.readiness); });
  routes.post("/admin/undrain", [view](const request& asked) { return undrain(asked, view.readiness); });
}

}  // namespace sundown::serving
