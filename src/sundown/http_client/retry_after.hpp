#pragma once

#include <sundown/time.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace sundown::http_client {

/// `Retry-After`, seconds or an IMF-fixdate (RFC 9110 §10.2.3): the wait from now on, none for a date in the past, and
/// `most` for whoever says more. Nothing if the field is neither.
std::optional<milliseconds> read_retry_after(std::string_view field, std::chrono::system_clock::time_point now,
                                             milliseconds most);

}  // namespace sundown::http_client
