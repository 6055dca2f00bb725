#pragma once

#include <sundown/error.hpp>
#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>

namespace sundown::app {

/// The answer to a request whose storage operation failed. What the store has against it (unavailable, timed out,
/// busy, invalid) goes to the log with the request's id, at most one line a second of each kind; clients don't see it.
/// Thread safety: any worker.
http::response store_failed(const http::request& asked, const error& why);

}  // namespace sundown::app
