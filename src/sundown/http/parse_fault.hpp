#pragma once

#include <cstdint>

namespace sundown::http::detail {

/// Why a request is refused before any handler sees it; refusals.cpp has the answers.
enum class parse_fault : std::uint8_t {
  none,
  request_line,        ///< not of the form `METHOD target HTTP/1.1` (RFC 9112 §3)
  method_too_long,     ///< 501: longer than any that is known (RFC 9112 §3)
  target_too_long,     ///< 414
  bad_target,          ///< RFC 9112 §3.2, RFC 3986
  other_version,       ///< 505: not HTTP/1.x
  bad_field,           ///< no `name: value`, or a control character in it (RFC 9110 §5)
  folded_field,        ///< obs-fold (RFC 9112 §5.2)
  line_end,            ///< CR or LF alone (RFC 9112 §2.2)
  too_many_fields,     ///< 431
  fields_too_large,    ///< 431
  bad_connection,      ///< an element that is no token (RFC 9110 §7.6.1)
  bad_length,          ///< Content-Length twice, as a list or no number (RFC 9112 §6.3: smuggling)
  length_and_coding,   ///< Content-Length and Transfer-Encoding (RFC 9112 §6.1: smuggling)
  coding_in_http_1_0,  ///< Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1)
  chunked_not_last,    ///< or not once (RFC 9112 §6.3)
  unknown_coding,      ///< 501: another coding under chunked (RFC 9112 §6.1)
  host_missing,        ///< HTTP/1.1 without Host (RFC 9112 §3.2)
  host_repeated,
  bad_host,
  bad_chunk,       ///< RFC 9112 §7.1
  body_too_large,  ///< 413
};

}  // namespace sundown::http::detail
