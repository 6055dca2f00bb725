#include "http_client/call_span.hpp"

#include "base/number.hpp"
#include "http/answer_fields.hpp"
#include "trace/url.hpp"

#include <string>

namespace sundown::http_client {

namespace {

/// The two fields are one statement: where the caller has made its own, nothing is added to it.
void add_trace(http::fields& to, std::string_view parent, const std::string& state) {
  if (http::detail::find_field(to, "traceparent")) return;
  to.emplace_back("traceparent", parent);
  if (!state.empty() && !http::detail::find_field(to, "tracestate")) to.emplace_back("tracestate", state);
}

}  // namespace

void pass_trace_on(const http::request& from, http::fields& to) {
  const auto parents = from.elements("traceparent");
  if (parents.size() != 1) return;
  std::string state;
  for (const auto member : from.elements("tracestate")) {
    if (!state.empty()) state += ',';
    state += member;
  }
  const auto sent = trace::context::parse(parents.front(), state);
  if (sent) add_trace(to, parents.front(), sent.state());
}

trace::span begin_span(request& what, const location& where) {
  const std::string_view method = boost::beast::http::to_string(what.method);
  auto span = what.parent.child(method, trace::kind::client);
  if (!span) return span;
  add_trace(what.headers, span.traceparent(), span.where().state());
  if (!span.recording()) return span;
  span.set("http.request.method", method);
  span.set("server.address", where.where.host);
  span.set("server.port", base::parse_number<std::uint16_t>(where.where.port).value_or(0));
  span.set("url.full", trace::without_signatures(where.where.text() + where.target));
  return span;
}

void answered(trace::span& span, unsigned status) {
  if (!span.recording()) return;
  span.set("http.response.status_code", status);
  if (status < 400) return;  // to a client these are errors
  span.set("error.type", std::to_string(status));
  span.fail();
}

void end_span(trace::span& span, const result<void>& outcome) {
  if (span.recording() && !outcome) {
    span.set("error.type", to_string(outcome.error().code));
    span.fail(outcome.error().detail);
  }
  span.end();
}

}  // namespace sundown::http_client
