#pragma once

#include <sundown/error.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::http {

/// The answer to one request. The session adds Server, Date, Content-Length, X-Request-Id and Connection.
struct response {
  unsigned status = 200;
  /// Of static lifetime (a literal): it is not copied. Empty: no Content-Type.
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
  /// Further fields. Names and values must not contain CR or LF; the session drops a field that does.
  std::vector<std::pair<std::string, std::string>> headers;

  /// Adds a field; returns *this, so that a handler can end with it.
  response&& with(std::string name, std::string value) && {
    headers.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }
};

/// An error as RFC 9457 problem+json. The session adds the request id as `instance`; `detail` is shown to the client,
/// so it says what to do and holds no internals.
response problem(unsigned status, std::string_view detail);

/// The problem that an expected error maps to; its detail is not shown, only what `code` means to a client.
response problem(const error& e);

/// The reason phrase of RFC 9110 §15, "" for an unknown code.
std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace sundown::http
