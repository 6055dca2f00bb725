#pragma once

#include "http_client/progress.hpp"
#include "http_client/url.hpp"

#include <sundown/error.hpp>
#include <sundown/http_client.hpp>

#include <string>
#include <string_view>

namespace sundown::http_client {

/// A request's head as it is sent: request line, Host, the request's own fields, User-Agent, Content-Length. Errors:
/// malformed, for a field that would change the framing or that RFC 9110 §5 doesn't allow.
result<std::string> head_of(const request& what, const location& where);

/// RFC 9110 §9.2.2: twice is the same as once.
bool is_idempotent(http::verb method) noexcept;

/// What the error of a call ends with, where it matters to whoever would make the call again: "; nothing was sent", or
/// that the outcome is unknown. "" for idempotent methods, and where the caller makes it again anyway.
std::string_view fate_of(const request& what, progress::step reached) noexcept;

/// The error of a call that a closed or full gate doesn't let in, with its origin in front.
error refused(const request& what, error fault);

/// "GET https://shop.example/prices": without the query, which may hold a secret.
std::string name_of(const request& what, const location& where);

}  // namespace sundown::http_client
