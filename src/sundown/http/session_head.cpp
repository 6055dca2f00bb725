#include "http/handshake_refusal.hpp"
#include "http/session.hpp"
#include "http/worker.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace sundown::http {

using namespace std::string_view_literals;
namespace beast = boost::beast;
using error_code = boost::system::error_code;

namespace {

/// Whether some coding must be undone before the body is what its Content-Type says (RFC 9110 §8.4).
bool is_encoded(const detail::request_parser& parser) {
  bool encoded = false;
  parser.for_each_element(field::content_encoding,
                          [&](std::string_view one) { encoded |= !beast::iequals(one, "identity"); });
  return encoded;
}

bool same_media_type(std::string_view sent, std::string_view wanted) {
  const auto end = std::min(sent.find_first_of("; \t"), sent.size());
  return beast::iequals(sent.substr(0, end), wanted);
}

/// What speaks against the body before it is read. `wanted`: the one media type that the route takes, or "".
std::optional<response> unfit_body(const detail::request_parser& parser, std::string_view wanted) {
  if (!wanted.empty() && !parser.has_body_length()) {
    return problem(411, "A body is needed, with Content-Length or chunked.");
  }
  if (!wanted.empty() && !same_media_type(parser.field(field::content_type), wanted)) {
    return problem(415, "The body must be " + std::string(wanted) + ".").with("Accept", std::string(wanted));
  }
  // RFC 9110 §15.5.16.
  if (!parser.is_done() && is_encoded(parser)) {
    return problem(415, "The body must come without a content coding.").with("Accept-Encoding", "identity");
  }
  return std::nullopt;
}

}  // namespace

void session::on_head() {
  auto& x = current();
  auto& parser = *x.parser;
  x.identify(worker_.next_request_number());
  route_request();
  const auto limit =
      x.match && x.match->options.body_limit ? *x.match->options.body_limit : worker_.limits().body_limit;
  parser.body_limit(limit);  // for chunked bodies
  if (parser.content_length().value_or(0) > limit) {
    x.refusal = problem(413, "The request body is larger than " + std::to_string(limit) + " bytes.");
    x.answer_now = true;
  }
  if (!x.refusal) {
    if (std::holds_alternative<upload_handler>(x.match->call)) parser.stream_body();
    if (!x.match->scope->guards.empty()) ask_guards_first();
    return;
  }
  // Whoever waits to be told to go on is told at once; a body that comes anyway is read, so that the connection can go
  // on.
  x.answer_now |= !parser.is_done() && parser.expects() != detail::expectation::none;
  x.close |= x.answer_now;
  parser.stream_body();
}

void session::ask_guards_first() {
  current().to_guard = true;
  current().body_since = {};
}

void session::refused_by_guard(response given) {
  auto& x = current();
  auto& in = work_->in;
  auto& parser = *x.parser;
  // A body that has come already is passed over, so that the connection can go on. For more of it nobody waits.
  parser.stream_body();
  if (!parser.is_done()) read_now();
  while (!parser.is_done() && !in.all_parsed()) {
    parser.base(in.request_begin());
    const auto [taken, how] = parser.put(in.unparsed());
    in.parsed(taken);
    if (how == detail::request_parser::verdict::need_more || how == detail::request_parser::verdict::refused) break;
  }
  x.close |= !parser.is_done();
  answer(std::move(given));
}

void session::route_request() {
  auto& x = current();
  const auto& parser = *x.parser;
  if (parser.method() == verb::unknown || parser.method() == verb::connect) {
    // What follows a CONNECT may be meant for the tunnel, and is no request then (RFC 9110 §9.3.6).
    x.answer_now = x.close = parser.method() == verb::connect;
    x.refusal = problem(501, "This method is not known here.");
    return;
  }
  if (parser.expects() == detail::expectation::unknown) {
    x.refusal = problem(417, "The only expectation that is met here is 100-continue.");
    return;
  }
  if (parser.target() == "*"sv) {
    x.refusal = response{204, {}};
    return;
  }
  const auto found = worker_.routes().find(parser.method(), request(x).path());
  if (!found.scope->hooks.empty()) x.hooks = &found.scope->hooks;
  if (!found.found) {
    x.refusal = problem(404, "There is nothing at this address.");
    return;
  }
  if (!found.match) {
    x.refusal = parser.method() == verb::options ? response{204, {}} : problem(405, "This address has no such method.");
    x.refusal->headers.emplace_back("Allow", found.allow);
    return;
  }
  x.match = found.match;
  leads_to(found.match);
  if (std::holds_alternative<websocket_handler>(found.match->call)) {
    x.refusal = detail::refusal_of_handshake(parser);
    x.close = x.answer_now = x.refusal && detail::asks_for_websocket(parser);
    return;
  }
  const std::string_view wanted = found.match->options.accepts;
  if (!wanted.empty() || !parser.is_done()) x.refusal = unfit_body(parser, wanted);
}

}  // namespace sundown::http
