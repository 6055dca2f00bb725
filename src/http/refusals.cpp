#include "http/refusals.hpp"

namespace sundown::http::detail {

namespace {

response for_fault(parse_fault why) {
  switch (why) {
    case parse_fault::length_list:
      return problem(400, "Content-Length must be given once, as one decimal number.");
    case parse_fault::unknown_coding:
      return problem(501, "The only transfer coding that is understood is chunked.");
    case parse_fault::coding_in_http_1_0:
      return problem(400, "HTTP/1.0 has no Transfer-Encoding.");
    case parse_fault::host_missing:
      return problem(400, "HTTP/1.1 requires a Host field.");
    case parse_fault::host_repeated:
      return problem(400, "Host must be given once.");
    case parse_fault::bad_host:
      return problem(400, "Host must be a host name or address, and perhaps a port.");
    case parse_fault::folded_field:
      return problem(400, "A field must stand on one line.");
    case parse_fault::too_many_fields:
      return problem(431, "There are too many header fields.");
    case parse_fault::bad_target:
      return problem(400, "The request target is malformed.");
    case parse_fault::none:
      break;
  }
  return problem(400, {});
}

/// Whether the request line ends in a version that isn't spoken here. Beast's bad_version stands for whatever is wrong
/// behind the target.
bool names_other_version(std::string_view received) {
  const auto line = received.substr(0, received.find("\r\n"));
  const auto word = line.substr(line.rfind(' ') + 1);
  if (word.size() < 8 || !word.starts_with("HTTP/")) return false;
  const auto is_digit = [](char one) { return one >= '0' && one <= '9'; };
  if (!is_digit(word[5]) || word[6] != '.' || !is_digit(word[7])) return false;
  return word.size() == 8 && word != "HTTP/1.0" && word != "HTTP/1.1";
}

}  // namespace

response refusal_for(const request_parser& parser, std::string_view received, const error_code& ec) {
  using beast::http::error;
  if (parser.fault() != parse_fault::none) return for_fault(parser.fault());
  if (ec == error::header_limit) {
    if (parser.head_started()) return problem(431, "The header fields are too large.");
    return problem(414, "The request target is too long.");
  }
  if (ec == error::body_limit) return problem(413, "The request body is too large.");
  if (ec == error::bad_version) {
    if (names_other_version(received)) return problem(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    return problem(400, "The request line must be \"METHOD target HTTP/1.1\", ended by CR LF.");
  }
  if (ec == error::bad_content_length || ec == error::multiple_content_length || ec == error::bad_transfer_encoding) {
    return problem(400, "Content-Length and Transfer-Encoding contradict each other or are malformed.");
  }
  return problem(400, "The request is malformed: " + ec.message() + ".");
}

response too_slow() { return problem(408, "The rest of the request did not come in time."); }

response stopping() { return problem(503, "The service is stopping: try again.").with("Retry-After", "1"); }

}  // namespace sundown::http::detail
