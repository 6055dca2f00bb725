#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/task.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::http {

/// A WebSocket's handshake (RFC 6455 §4.2) that is in order, before its answer: what a check may decide about the 101.
///
///     to.get_websocket("/chat", chat, [](const http::request& asked, http::handshake& offer) {
///       std::optional<http::response> refusal;
///       if (asked[http::field::origin] != "https://chat.example") refusal = http::problem(403, "Not from this page.");
///       offer.choose("chat.v2") || offer.choose("chat.v1");
///       return refusal;
///     });
///
/// A response that the check returns takes the place of the 101: an ordinary answer, after which the connection ends.
/// Lifetime: during the check. Thread safety: the worker's only.
class handshake {
 public:
  /// `offered`: the elements of Sec-WebSocket-Protocol.
  explicit handshake(std::vector<std::string_view> offered) : offered_(std::move(offered)) {}
  handshake(const handshake&) = delete;
  handshake& operator=(const handshake&) = delete;

  /// Whether the client offers this subprotocol. They have case.
  bool offers(std::string_view subprotocol) const noexcept;
  /// Chooses it, if the client offers it and none was chosen before: true if it is the chosen one now.
  bool choose(std::string_view subprotocol);
  const std::string& chosen() const noexcept { return chosen_; }

  /// Adds a field to the 101, such as Set-Cookie; the rules are those of response::headers. Dropped and logged are also
  /// Upgrade and all Sec-WebSocket-*: they are the handshake itself.
  void with(std::string name, std::string value) { more_.emplace_back(std::move(name), std::move(value)); }
  const fields& more() const noexcept { return more_; }

 private:
  std::vector<std::string_view> offered_;
  std::string chosen_;
  fields more_;
};

/// Asked before the 101, after the route's guards. It must not block.
using handshake_check = std::function<task<std::optional<response>>(const request&, handshake&)>;

}  // namespace sundown::http
