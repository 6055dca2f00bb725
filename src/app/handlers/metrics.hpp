#pragma once

#include "app/note_events.hpp"

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/http/server.hpp>
#include <sundown/stop/background.hpp>
#include <sundown/stop/shutdown.hpp>

namespace sundown::app {

/// GET /metrics, in the Prometheus text format.
http::response metrics(const http::request& asked, const http::server& server, const stop::shutdown& stop,
                       const stop::background& tasks, const note_events& events);

}  // namespace sundown::app
