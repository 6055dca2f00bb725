#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/http/server.hpp>
#include <sundown/metrics.hpp>
#include <sundown/stop/background.hpp>
#include <sundown/stop/shutdown.hpp>

namespace sundown::serving {

/// GET /metrics, in the Prometheus text format.
http::response show_metrics(const http::request& asked, const http::server& server, const stop::shutdown& stop,
                            const stop::background& tasks, const metrics& own);

}  // namespace sundown::serving
