#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/http/server.hpp>
#include <sundown/stop/drainable.hpp>
#include <sundown/stop/readiness.hpp>
#include <sundown/stop/shutdown.hpp>

#include <boost/json/fwd.hpp>

namespace sundown::serving {

/// GET /status: what the service is doing, and in a stop, what it waits for.
http::response status(const http::request& asked, const http::server& server, const stop::shutdown& stop,
                      const stop::readiness& readiness);

/// The oldest requests in flight, for people.
boost::json::array longest_requests(const stop::server_activity& activity);

/// POST /admin/shutdown: the same stop as SIGTERM's.
http::response begin_shutdown(const http::request& asked, stop::shutdown& stop);

/// POST /admin/drain and /admin/undrain: a rehearsal. Readiness goes off and on again, everything else goes on.
http::response drain(const http::request& asked, stop::readiness& readiness);
http::response undrain(const http::request& asked, stop::readiness& readiness);

}  // namespace sundown::serving
