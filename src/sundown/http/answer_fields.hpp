#pragma once

#include <sundown/http/response.hpp>

#include <string>
#include <string_view>

namespace sundown::http::detail {

// The fields that a handler or a hook has given an answer.

/// The value of the first one; nullptr if there is none.
const std::string* find_field(const response& answer, std::string_view name) noexcept;

/// Adds a name to Vary, if it isn't there (RFC 9110 §12.5.5).
void add_to_vary(response& answer, std::string_view name);

}  // namespace sundown::http::detail
