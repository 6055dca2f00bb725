#include "http/refusals.hpp"

namespace sundown::http::detail {

response refusal_for(parse_fault why) {
  switch (why) {
    case parse_fault::request_line:
      return problem(400, "The request line must be \"METHOD target HTTP/1.1\", ended by CR LF.");
    case parse_fault::method_too_long:
      return problem(501, "No method that is known here is so long.");
    case parse_fault::target_too_long:
      return problem(414, "The request target is too long.");
    case parse_fault::bad_target:
      return problem(400, "The request target is malformed.");
    case parse_fault::other_version:
      return problem(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    case parse_fault::bad_field:
      return problem(400, "A field must be \"name: value\", without control characters.");
    case parse_fault::folded_field:
      return problem(400, "A field must stand on one line.");
    case parse_fault::line_end:
      return problem(400, "A line must end with CR LF.");
    case parse_fault::too_many_fields:
      return problem(431, "There are too many header fields.");
    case parse_fault::fields_too_large:
      return problem(431, "The header fields are too large.");
    case parse_fault::bad_connection:
      return problem(400, "Connection must be a list of tokens.");
    case parse_fault::bad_length:
      return problem(400, "Content-Length must be given once, as one decimal number.");
    case parse_fault::length_and_coding:
      return problem(400, "Content-Length and Transfer-Encoding contradict each other.");
    case parse_fault::coding_in_http_1_0:
      return problem(400, "HTTP/1.0 has no Transfer-Encoding.");
    case parse_fault::chunked_not_last:
      return problem(400, "The last transfer coding must be chunked, given once.");
    case parse_fault::unknown_coding:
      return problem(501, "The only transfer coding that is understood is chunked.");
    case parse_fault::host_missing:
      return problem(400, "HTTP/1.1 requires a Host field.");
    case parse_fault::host_repeated:
      return problem(400, "Host must be given once.");
    case parse_fault::bad_host:
      return problem(400, "Host must be a host name or address, and perhaps a port.");
    case parse_fault::bad_chunk:
      return problem(400, "The chunks of the request body are malformed.");
    case parse_fault::body_too_large:
      return problem(413, "The request body is too large.");
    case parse_fault::none:
      break;
  }
  return problem(400, {});
}

response too_slow() { return problem(408, "The rest of the request did not come in time."); }

response stopping() { return problem(503, "The service is stopping: try again.").with("Retry-After", "1"); }

response timed_out() {
  return problem(503, "The answer took too long. What was asked for may have been done all the same.")
      .with("Retry-After", "1");
}

response internal_error() { return problem(500, "Something went wrong here; the request id finds it in our log."); }

}  // namespace sundown::http::detail
