#pragma once

#include "http/request_parser.hpp"

#include <sundown/http/response.hpp>

#include <optional>
#include <string_view>

namespace sundown::http::detail {

/// What speaks against a request's body before it is read; nullopt if nothing does. `media_type`: the only one that the
/// route takes, or "".
std::optional<response> refusal_of_body(const request_parser& parser, std::string_view media_type);

/// Why this request, for a route that speaks WebSocket, can't become one (RFC 6455 §4.2.1); nullopt if it can.
///
/// What asks for no WebSocket, HTTP/1.0 included (RFC 9110 §7.8: Upgrade is ignored there), or for another version of
/// it, is answered 426 with what is spoken; a handshake that is malformed 400.
std::optional<response> refusal_of_handshake(const request_parser& parser);

/// Whether the request means to change the protocol. Some proxies take every answer to it for a 101, and let the client
/// send what it likes behind: the connection ends with a refusal.
bool asks_for_websocket(const request_parser& parser) noexcept;

}  // namespace sundown::http::detail
