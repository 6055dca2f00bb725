#pragma once

#include "http/encryption.hpp"

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/http/server.hpp>
#include <sundown/metrics.hpp>
#include <sundown/stop/background.hpp>
#include <sundown/stop/shutdown.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sundown::serving {

/// GET /metrics, as the scraper prefers it (exposition.hpp). `version`: the program's.
http::response show_metrics(const http::request& asked, const http::server& server, const stop::shutdown& stop,
                            const stop::background& tasks, const metrics& own,
                            const std::vector<std::shared_ptr<const http::encryption>>& certificates,
                            const std::string& version);

}  // namespace sundown::serving
