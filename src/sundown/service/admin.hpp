#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/http/server.hpp>
#include <sundown/stop/readiness.hpp>
#include <sundown/stop/shutdown.hpp>

#include <string_view>

namespace sundown::serving {

/// GET /status: what the service is doing, and in a stop, what it waits for.
http::response status(const http::request& asked, const http::server& server, const stop::shutdown& stop,
                      const stop::readiness& readiness);

/// POST /admin/shutdown: the same stop as SIGTERM's.
http::response begin_shutdown(const http::request& asked, stop::shutdown& stop, std::string_view token);

/// POST /admin/drain and /admin/undrain: a rehearsal. Readiness goes off and on again, everything else goes on.
http::response drain(const http::request& asked, stop::readiness& readiness, std::string_view token);
http::response undrain(const http::request& asked, stop::readiness& readiness, std::string_view token);

/// Whether a changing call is allowed: from loopback, but not from a web page there (Origin), or with the token.
bool may_change(const http::request& asked, std::string_view token);

}  // namespace sundown::serving
