#include "http_client/call_span.hpp"

#include "base/number.hpp"
#include "http/answer_fields.hpp"
#include "trace/url.hpp"

#include <string>

namespace sundown::http_client {

trace::span begin_span(request& what, const location& where) {
  const std::string_view method = boost::beast::http::to_string(what.method);
  auto span = what.parent.child(method, trace::kind::client);
  if (!span) return span;
  if (!http::detail::find_field(what.headers, "traceparent")) {
    what.headers.emplace_back("traceparent", span.traceparent());
    const auto& state = span.where().state();
    if (!state.empty() && !http::detail::find_field(what.headers, "tracestate"))
      what.headers.emplace_back("tracestate", state);
  }
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
