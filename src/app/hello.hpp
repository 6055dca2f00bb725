#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/program.hpp>

namespace sundown::app {

/// GET /: name, version and where to go on.
http::response index(const program& identity);

/// GET /hello
http::response hello(const http::request& asked);

}  // namespace sundown::app
