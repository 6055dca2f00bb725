#pragma once

#include <sundown/error.hpp>

#include <compare>
#include <string>
#include <string_view>

namespace sundown::http_client {

/// Scheme, host and port of a URL (RFC 6454): what connections are kept for.
struct origin {
  origin() = default;

  bool tls = false;
  std::string host;  ///< as a resolver takes it: without brackets
  std::string port;

  /// "https://shop.example:8443", without the scheme's own port.
  std::string text() const;
  /// For the field Host (RFC 9110 §7.2).
  std::string authority() const;
  auto operator<=>(const origin&) const = default;
};

struct location {
  location() = default;

  origin where;
  std::string target;  ///< path and query, as sent
};

/// The same error, with the origin in front.
error at(const origin& where, const error& what);

/// What the sentences of parse_url() begin with.
inline constexpr std::string_view url_subject = "the URL of a call ";

/// Takes a URL apart. Errors: malformed, with a sentence that names the fault and no part of the query.
result<location> parse_url(std::string_view text);

}  // namespace sundown::http_client
