#pragma once

#include "service/admin_routes.hpp"

#include <sundown/http/request.hpp>
#include <sundown/http/stream.hpp>
#include <sundown/task.hpp>

namespace sundown::serving {

/// GET /status/stream, for the page: Server-Sent Events, each with all that there is to show. `now` comes twice a
/// second, and `end` once, when all that the stop closes is closed but this listener and what was there before it (the
/// traces' exporter); after it the process is soon gone. The stop's report is one so far, in `end` too.
task<> stream_status(const http::request& asked, http::response_stream& out, const admin_view& view);

}  // namespace sundown::serving
