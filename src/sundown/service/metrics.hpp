#pragma once

#include "http/encryption.hpp"

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/http/server.hpp>
#include <sundown/metrics.hpp>
#include <sundown/stop/background.hpp>
#include <sundown/stop/shutdown.hpp>

#include <memory>
#include <vector>

namespace sundown::serving {

/// GET /metrics, in the Prometheus text format.
http::response show_metrics(const http::request& asked, const http::server& server, const stop::shutdown& stop,
                            const stop::background& tasks, const metrics& own,
                            const std::vector<std::shared_ptr<const http::encryption>>& certificates);

}  // namespace sundown::serving
