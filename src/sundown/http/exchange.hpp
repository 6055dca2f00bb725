#pragma once

#include "http/admission.hpp"
#include "http/drain_state.hpp"
#include "http/framing.hpp"
#include "http/request_parser.hpp"
#include "http/route_scope.hpp"

#include <sundown/http/router.hpp>
#include <sundown/trace/span.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sundown::http::detail {

class connection;
class gone_wait;
class session_status;

/// A streamed answer under way.
struct stream_progress {
  framing::kind how;
  std::uint64_t length;  ///< promised, for kind::length
};

/// Why a streamed body did not come whole.
enum class body_fault : std::uint8_t { none, too_slow, refused, canceled, timed_out };

/// One request and its answer under way: what http::request is a view of.
struct exchange {
  /// The first byte of a request is there.
  void begin(std::uint32_t header_limit);
  /// With the head, or with its refusal: takes the client's X-Request-Id if it has come and is well formed, else makes
  /// one of the number.
  void identify(std::uint64_t number) noexcept;
  /// The answer is written, or the exchange is not used any more.
  void end() noexcept {
    parser.reset();
    attributes.clear();
    client_address.clear();
    if (span) [[unlikely]]
      forget_span();
    head_size = 0;
    status = 0;
    pass.leave();
  }

  std::string_view id() const noexcept {
    return client_id_.empty() ? std::string_view(own_id_.data(), own_id_.size()) : client_id_;
  }
  bool head_done() const noexcept { return head_size != 0; }
  bool is_head_request() const noexcept { return parser && parser->method() == verb::head; }
  /// A handler that reads the body by itself: it runs once the head is there.
  bool is_upload() const noexcept { return match && std::holds_alternative<upload_handler>(match->call); }
  bool is_body_done() const noexcept { return parser->is_done(); }

  std::optional<request_parser> parser;
  const route* match = nullptr;
  const answer_hooks* hooks = nullptr;    ///< on the answer; nullptr for none
  mutable detail::attributes attributes;  ///< mutable: what handlers see of it is const
  const drain_state* drain = nullptr;
  connection* client = nullptr;
  const session_status* shown = nullptr;  ///< what others see of it

  std::size_t head_size = 0;        ///< bytes, once the head is complete
  std::uint64_t body_received = 0;  ///< bytes on the wire behind the head
  std::optional<response> refusal;  ///< the answer without a handler, or a stream's handler's instead of a stream
  std::optional<stream_progress> stream;
  unsigned status = 0;      ///< of the answer whose head is made, until it is written
  std::uint64_t bytes = 0;  ///< of its body
  /// Of the client, once a trusted proxy's fields were read for it; mutable as attributes are.
  mutable std::string client_address = {};
  mutable trace::span span = {};  ///< once it was asked for (server_span.hpp)
  detail::body_fault body_fault = detail::body_fault::none;
  bool continue_sent = false;
  bool to_guard = false;           ///< the route's guards are still to be asked
  bool is_client_gone = false;     ///< and its handler runs
  bool timed_out = false;          ///< its time is over, and what its handler awaits was cancelled
  bool admitted = false;           ///< asked for; only where there is admission
  admission_pass pass;             ///< its place among the requests under way
  const char* shed = nullptr;      ///< why it was not admitted
  clock::time_point body_since{};  ///< when its guards let it in, if there are any
  /// When its guards or its handler began, once that is known (time_limit.hpp); mutable, since a handler may ask first.
  mutable clock::time_point handled_since{};
  mutable gone_wait* gone_waits = nullptr;  ///< of its handler

 private:
  void forget_span() noexcept;  // apart: few requests have one

  std::array<char, 16> own_id_;
  std::string_view client_id_;
};

/// The value of `{name}` in the pattern for this path, not decoded; empty if there is none.
std::string_view path_param(std::string_view pattern, std::string_view path, std::string_view name) noexcept;

/// Percent-decoding (RFC 3986 §2.1); with `form`, '+' is a space.
std::string percent_decoded(std::string_view text, bool form);

}  // namespace sundown::http::detail
