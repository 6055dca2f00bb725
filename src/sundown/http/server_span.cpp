#include "http/server_span.hpp"

#include "base/number.hpp"
#include "http/client_address.hpp"
#include "http/connection.hpp"
#include "http/exchange.hpp"
#include "http/worker_parts.hpp"
#include "trace/url.hpp"

#include <sundown/trace/tracer.hpp>

#include <array>
#include <charconv>
#include <string>

namespace sundown::http::detail {

using namespace std::string_view_literals;

namespace {

constexpr auto parent_field = "traceparent"sv, state_field = "tracestate"sv;

/// Where the client is in which trace. Of several lines of the parent none counts, those of the state are one list
/// (Trace Context §3.2, §3.3).
trace::context sent_context(const exchange& current) {
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
void set_server(trace::span& span, std::string_view host, std::string_view scheme) {
  if (host.empty()) return;
  const auto colon = host.rfind(':');
  const bool has_port = colon != host.npos && host.find(']', colon) == host.npos;
  const auto port = has_port ? base::parse_number<std::uint16_t>(host.substr(colon + 1), 0, 65535) : std::nullopt;
  auto address = host.substr(0, has_port ? colon : host.npos);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  span.set("server.address", address);
  span.set("server.port", port ? *port : scheme == "https"sv ? 443 : 80);
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

void set_target(trace::span& span, std::string_view target) {
  if (target.empty()) return;
  const auto mark = target.find('?');
  span.set("url.path", target.substr(0, mark));
  if (mark == target.npos) return;
  const auto query = target.substr(mark + 1);
  if (query.find('=') == query.npos) {
    span.set("url.query", query);
  } else {
    span.set("url.query", trace::without_signatures(query));
  }
}

/// OpenTelemetry's conventions for the spans of HTTP servers, 1.23 and later.
void describe(trace::span& span, const exchange& current, std::string_view cut) {
  const auto& head = *current.parser;
  const auto* const route = current.match;
  const bool known = is_known(head.method());
  const auto method = known ? head.method_name() : "_OTHER"sv;
  std::string name(known ? method : "HTTP"sv);
  if (route) name.append(1, ' ').append(route->pattern);
  span.rename(name);
  span.set("http.request.method", method);
  if (!known && !head.method_name().empty()) span.set("http.request.method_original", head.method_name());
  set_target(span, head.target());
  const auto scheme = scheme_by_client(current);
  span.set("url.scheme", scheme);
  if (route) span.set("http.route", route->pattern);
  set_server(span, host_by_client(current), scheme);
  span.set("client.address", client_address(current));
  span.set("network.peer.address", current.client->remote());
  span.set("network.protocol.version", version_of(head));
  const auto agent = head.field(field::user_agent);
  if (!agent.empty()) span.set("user_agent.original", agent);
  constexpr unsigned client_has_gone = 499;  // it was sent no status
  if (current.status != client_has_gone) span.set("http.response.status_code", current.status);
  if (!cut.empty()) {
    span.set("error.type", cut);
    span.fail(cut);
  } else if (current.status >= 500) {
    std::array<char, 12> text;
    const auto* const end = std::to_chars(text.data(), text.data() + text.size(), current.status).ptr;
    span.set("error.type", std::string_view(text.data(), end));
    span.fail();
  }
}

}  // namespace

bool traced(connection& client) noexcept {
  const auto* const traces = client.parts().traces;
  return traces && !traces->off();
}

trace::span& span_of(const exchange& current) {
  auto& span = current.span;
  if (span || !traced(*current.client)) return span;
  const auto sent = current.head_done() ? sent_context(current) : trace::context();
  span = current.client->parts().traces->receive("HTTP", trace::kind::server, sent, current.shown->started());
  return span;
}

std::optional<trace_text> told_trace(const exchange& current) {
  const auto& span = span_of(current);
  if (!span || !(span.from_outside() || span.where().sampled())) return std::nullopt;
  return span.where().trace_text();
}

void end_span(const exchange& current, std::chrono::nanoseconds took, std::string_view cut) {
  auto& span = span_of(current);
  if (span.recording()) describe(span, current, cut);
  span.end(current.shown->started() + took);
}

}  // namespace sundown::http::detail
