#include "http/server_span.hpp"

#include "base/number.hpp"
#include "http/client_address.hpp"
#include "http/connection.hpp"
#include "http/exchange.hpp"
#include "http/worker_parts.hpp"
#include "trace/attribute_writer.hpp"
#include "trace/url.hpp"

#include <sundown/trace/tracer.hpp>

#include <string>

namespace sundown::http::detail {

using namespace std::string_view_literals;
using trace::detail::attribute_writer;

namespace {

constexpr auto parent_field = "traceparent"sv, state_field = "tracestate"sv;

/// Where the client is in which trace. Of several lines of the parent none counts, those of the state are one list
/// (Trace Context §3.2, §3.3).
trace::context sent_context(const exchange& current) {
  if (!current.head_done()) return {};
  const auto& head = *current.parser;
  const auto sent = head.field(parent_field);
  if (sent.empty() || head.count(parent_field) != 1) return {};
  std::string state;
  head.for_each_line(state_field, [&](std::string_view line) {
    if (!state.empty()) state += ',';
    state += line;
  });
  return trace::context::parse(sent, state);
}

/// The methods that the conventions know.
bool is_known(verb method) noexcept {
  switch (method) {
    case verb::get:
    case verb::head:
    case verb::post:
    case verb::put:
    case verb::delete_:
    case verb::connect:
    case verb::options:
    case verb::trace:
    case verb::patch:
      return true;
    default:
      return false;
  }
}

/// "host:port", "[::1]:8080", "host".
void set_server(attribute_writer& to, std::string_view host, std::string_view scheme) {
  if (host.empty()) return;
  const auto colon = host.rfind(':');
  const bool has_port = colon != host.npos && host.find(']', colon) == host.npos;
  const auto port = has_port ? base::parse_number<std::uint16_t>(host.substr(colon + 1), 0, 65535) : std::nullopt;
  auto address = host.substr(0, has_port ? colon : host.npos);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  to.text<"server.address">(address);
  to.number<"server.port">(port ? *port : scheme == "https"sv ? 443 : 80);
}

std::string_view version_of(const request_parser& head) noexcept {
  switch (head.version()) {
    case 10:
      return "1.0"sv;
    case 20:
      return "2"sv;
    default:
      return "1.1"sv;
  }
}

void set_target(attribute_writer& to, std::string_view target) {
  if (target.empty()) return;
  const auto mark = target.find('?');
  to.text<"url.path">(target.substr(0, mark));
  if (mark == target.npos) return;
  const auto query = target.substr(mark + 1);
  if (query.find('=') == query.npos) {
    to.text<"url.query">(query);
  } else {
    to.text<"url.query">(trace::without_signatures(query));
  }
}

void set_method(attribute_writer& to, const exchange& current) {
  const auto& head = *current.parser;
  const bool known = is_known(head.method());
  const auto method = head.method_name();
  auto& name = to.name();
  name = known ? method : "HTTP"sv;
  if (current.match) name.append(1, ' ').append(current.match->pattern);
  to.plain_text<"http.request.method">(known ? method : "_OTHER"sv);
  if (!known && !method.empty()) to.text<"http.request.method_original">(method);
}

/// OpenTelemetry's conventions for the spans of HTTP servers, 1.23 and later.
void describe(trace::span& span, const exchange& current, std::string_view cut) {
  const auto& head = *current.parser;
  attribute_writer to(span);
  set_method(to, current);
  set_target(to, head.target());
  const auto scheme = scheme_by_client(current);
  to.text<"url.scheme">(scheme);
  if (current.match) to.text<"http.route">(current.match->pattern);
  set_server(to, host_by_client(current), scheme);
  to.text<"client.address">(client_address(current));
  to.plain_text<"network.peer.address">(current.client->remote());
  to.plain_text<"network.protocol.version">(version_of(head));
  const auto agent = head.field(field::user_agent);
  if (!agent.empty()) to.text<"user_agent.original">(agent);
  constexpr unsigned client_has_gone = 499;  // it was sent no status
  if (current.status != client_has_gone) to.number<"http.response.status_code">(current.status);
  if (!cut.empty()) {
    to.text<"error.type">(cut);
    span.fail(cut);
  } else if (current.status >= 500) {
    to.text<"error.type">(std::to_string(current.status));
    span.fail();
  }
}

std::optional<trace_text> told(const trace::span& span) {
  if (!span || !(span.from_outside() || span.where().sampled())) return std::nullopt;
  return span.where().trace_text();
}

}  // namespace

trace::span& span_of(const exchange& current) {
  auto& span = current.span;
  if (span) return span;
  const auto* const traces = current.client->parts().traces;
  if (!traces || traces->off()) return span;
  span = traces->receive("HTTP", trace::kind::server, sent_context(current), current.shown->started());
  return span;
}

std::optional<trace_text> told_trace(const exchange& current) { return told(span_of(current)); }

std::optional<trace_text> end_span(const exchange& current, std::chrono::nanoseconds took, std::string_view cut,
                                   bool is_told) {
  auto& span = current.span;
  const auto began = current.shown->started();
  if (!span) {
    const auto sent = sent_context(current);
    const auto& traces = *current.client->parts().traces;
    // The handler of what is cut may run on, and look at the span again.
    const bool whole = cut.empty() && !sent;
    span = whole ? traces.receive_sampled("HTTP", trace::kind::server, sent, began)
                 : traces.receive("HTTP", trace::kind::server, sent, began);
    if (!span) return std::nullopt;
  }
  if (span.recording()) describe(span, current, cut);
  span.end(began + took);
  return is_told ? told(span) : std::nullopt;
}

}  // namespace sundown::http::detail
