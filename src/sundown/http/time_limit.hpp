#pragma once

#include <sundown/time.hpp>

namespace sundown::http::detail {

struct exchange;

// How long guards and handler of a request may take. What isn't asked for is not computed.

/// The name of the limit, where a request is given up by it.
inline constexpr const char* request_timeout = "request_timeout";

/// When its time is over; time_point::max() where it has no limit. The first call begins it.
clock::time_point run_end(const exchange& current);

/// The limit is the route's own, and goes on behind the head of the answer.
bool outlasts_head(const exchange& current) noexcept;

/// What a handler is told: the same, and the stop.
clock::time_point deadline_of(const exchange& current);

}  // namespace sundown::http::detail
