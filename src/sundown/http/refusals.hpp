#pragma once

#include "http/parse_fault.hpp"

#include <sundown/http/response.hpp>

namespace sundown::http::detail {

/// The answer to a request that the parser refuses; the connection ends with it, since where the next request would
/// begin is not known.
response refusal_for(parse_fault why);

/// The answer to a request whose rest did not come in time.
response too_slow();

/// The answer at shutdown.hard_cancel.
response stopping();

/// The answer in place of a handler whose time is over.
response timed_out();

/// The answer in place of a handler that has failed.
response internal_error();

}  // namespace sundown::http::detail
