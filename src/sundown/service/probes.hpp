#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/stop/readiness.hpp>

#include <boost/json/fwd.hpp>

#include <string>
#include <vector>

namespace sundown::serving {

/// What readiness has to say, as JSON.
boost::json::array texts(std::vector<std::string> all);

/// GET /live: 200 as long as the control plane runs, also during the whole stop.
http::response live(const http::request& asked);

/// GET /ready: 200, or 503 with the reasons; either with what is missed but not needed.
http::response ready(const http::request& asked, const stop::readiness& readiness);

}  // namespace sundown::serving
