#pragma once

#include <sundown/config.hpp>

#include <string>
#include <vector>

namespace sundown::http {
class router;
}

namespace sundown::serving {

// What may take longer than a stop lets a handler run: it can be cut.

/// A sentence for --check-config if http.request_timeout was chosen longer than that; the default is not told of.
std::vector<std::string> time_limit_beyond_the_stop(const config& given);

/// A line in the log for each route whose own timeout is.
void tell_of_long_routes(const http::router& routes, const shutdown_config& given);

}  // namespace sundown::serving
