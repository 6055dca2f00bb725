#include "http/routing.hpp"

#include "http/exchange.hpp"
#include "http/head_refusal.hpp"
#include "http/preflight.hpp"
#include "http/worker_parts.hpp"

#include <string>

namespace sundown::http::detail {

using namespace std::string_view_literals;

bool find_route(exchange& current, const worker_parts& parts, session_status& status) {
  auto& x = current;
  const auto& parser = *x.parser;
  if (parser.method() == verb::unknown || parser.method() == verb::connect) {
    x.refusal = problem(501, "This method is not known here.");
    // What follows a CONNECT may be meant for the tunnel, and is no request then (RFC 9110 §9.3.6).
    return parser.method() == verb::connect;
  }
  if (parser.expects() == expectation::unknown) {
    x.refusal = problem(417, "The only expectation that is met here is 100-continue.");
    return false;
  }
  if (parser.target() == "*"sv) {
    x.refusal = response{204, {}};
    return false;
  }
  const auto found = parts.routes.find(parser.method(), request(x).path());
  if (!found.scope->hooks.empty()) x.hooks = &found.scope->hooks;
  if (!found.found) {
    x.refusal = problem(404, "There is nothing at this address.");
    return false;
  }
  const bool is_options = parser.method() == verb::options;
  if (!found.match || (is_options && found.scope->cors && is_preflight(request(x)))) {
    x.refusal = is_options ? response{204, {}} : problem(405, "This address has no such method.");
    x.refusal->headers.emplace_back("Allow", found.allow);
    return false;
  }
  x.match = found.match;
  status.match(found.match);
  if (std::holds_alternative<websocket_handler>(found.match->call)) {
    x.refusal = refusal_of_handshake(parser);
    return x.refusal && asks_for_websocket(parser);
  }
  const std::string_view wanted = found.match->options.accepts;
  if (!wanted.empty() || !parser.is_done()) x.refusal = refusal_of_body(parser, wanted);
  return false;
}

std::uint64_t body_limit(const exchange& current, const worker_parts& parts) noexcept {
  const auto* const match = current.match;
  return match && match->options.body_limit ? *match->options.body_limit : parts.limits.body_limit;
}

void refuse_body(exchange& current, std::uint64_t limit) {
  current.refusal = problem(413, "The request body is larger than " + std::to_string(limit) + " bytes.");
}

}  // namespace sundown::http::detail
