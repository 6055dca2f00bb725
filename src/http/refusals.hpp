#pragma once

#include "http/request_parser.hpp"

#include <sundown/http/response.hpp>

#include <string_view>

namespace sundown::http::detail {

/// The answer to a request that the parser refuses; the connection ends with it, since where the next request would
/// begin is not known. `received`: from the request's first byte on.
response refusal_for(const request_parser& parser, std::string_view received, const error_code& ec);

/// The answer to a request whose rest did not come in time.
response too_slow();

/// The answer at shutdown.hard_cancel.
response stopping();

}  // namespace sundown::http::detail
