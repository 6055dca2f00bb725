#pragma once

#include <sundown/http/response.hpp>

#include <string>
#include <string_view>

namespace sundown::http::detail {

// The fields of an answer, or of a call to another service.

/// The value of the first one; nullptr if there is none.
const std::string* find_field(const fields& all, std::string_view name) noexcept;

/// Adds a name to Vary, if it isn't there (RFC 9110 §12.5.5).
void add_to_vary(response& answer, std::string_view name);

}  // namespace sundown::http::detail
