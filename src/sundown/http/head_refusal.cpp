#include "http/head_refusal.hpp"

#include <sundown/http/handshake.hpp>

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <string>

namespace sundown::http {

namespace detail {

namespace {

using boost::beast::http::field;
using boost::beast::http::verb;

constexpr std::string_view websocket_version = "13";

bool is_base64(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/// 16 bytes in base64 (RFC 4648 §4).
bool is_key(std::string_view text) noexcept {
  return text.size() == 24 && text.ends_with("==") && std::all_of(text.begin(), text.end() - 2, is_base64);
}

response upgrade_required(std::string_view detail) {
  return problem(426, detail)
      .with("Upgrade", "websocket")
      .with("Sec-WebSocket-Version", std::string(websocket_version));
}

/// Whether some coding must be undone before the body is what its Content-Type says (RFC 9110 §8.4).
bool is_encoded(const request_parser& parser) {
  bool encoded = false;
  parser.for_each_element(field::content_encoding,
                          [&](std::string_view coding) { encoded |= !beast::iequals(coding, "identity"); });
  return encoded;
}

bool same_media_type(std::string_view sent, std::string_view wanted) {
  const auto end = std::min(sent.find_first_of("; \t"), sent.size());
  return beast::iequals(sent.substr(0, end), wanted);
}

}  // namespace

std::optional<response> refusal_of_body(const request_parser& parser, std::string_view media_type) {
  if (!media_type.empty() && !parser.has_body_length()) {
    return problem(411, "A body is needed, with Content-Length or chunked.");
  }
  if (!media_type.empty() && !same_media_type(parser.field(field::content_type), media_type)) {
    return problem(415, "The body must be " + std::string(media_type) + ".").with("Accept", std::string(media_type));
  }
  // RFC 9110 §15.5.16.
  if (!parser.is_done() && is_encoded(parser)) {
    return problem(415, "The body must come without a content coding.").with("Accept-Encoding", "identity");
  }
  return std::nullopt;
}

bool asks_for_websocket(const request_parser& parser) noexcept {
  return parser.version() >= 11 && parser.method() == verb::get && parser.has_token(field::connection, "upgrade") &&
         parser.has_token(field::upgrade, "websocket");
}

std::optional<response> refusal_of_handshake(const request_parser& parser) {
  if (parser.version() == 20) return problem(501, "WebSocket is spoken here over HTTP/1.1 only.");
  if (!asks_for_websocket(parser)) return upgrade_required("This address speaks WebSocket.");
  if (parser.count(field::sec_websocket_version) > 1) return problem(400, "Sec-WebSocket-Version must be given once.");
  if (parser.field(field::sec_websocket_version) != websocket_version) {
    return upgrade_required("Version 13 of WebSocket is spoken here.");
  }
  if (parser.count(field::sec_websocket_key) > 1) return problem(400, "Sec-WebSocket-Key must be given once.");
  if (!is_key(parser.field(field::sec_websocket_key))) {
    return problem(400, "Sec-WebSocket-Key must be 16 bytes in base64.");
  }
  // What comes behind the head would be taken for the body or for frames, and a proxy between us may see it otherwise.
  if (!parser.is_done()) return problem(400, "A WebSocket's handshake has no body.");
  return std::nullopt;
}

}  // namespace detail

bool handshake::offers(std::string_view subprotocol) const noexcept {
  return !subprotocol.empty() && std::find(offered_.begin(), offered_.end(), subprotocol) != offered_.end();
}

bool handshake::choose(std::string_view subprotocol) {
  if (chosen_.empty() && offers(subprotocol)) chosen_ = subprotocol;
  return !subprotocol.empty() && chosen_ == subprotocol;
}

}  // namespace sundown::http
