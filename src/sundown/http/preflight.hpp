#pragma once

#include <sundown/http/request.hpp>

namespace sundown::http::detail {

/// A browser asks whether a page may make a request (Fetch §3.3.2, CORS-preflight).
inline bool is_preflight(const request& asked) noexcept {
  return asked.method() == verb::options && asked.has_field(field::origin) &&
         asked.has_field(field::access_control_request_method);
}

}  // namespace sundown::http::detail
