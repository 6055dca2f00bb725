#include "http/books.hpp"

#include "http/client_address.hpp"
#include "http/connection.hpp"
#include "http/exchange.hpp"
#include "http/server_span.hpp"
#include "http/time_limit.hpp"
#include "http/worker_parts.hpp"

#include <sundown/trace/tracer.hpp>

#include <utility>

namespace sundown::http::detail {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

namespace {

/// What the access log says of a client that has proved who it is.
std::string_view client_name(transport& io) {
  const auto* const proof = io.client_certificate();
  if (!proof) return {};
  return proof->subject.empty() && !proof->names.empty() ? proof->names.front() : proof->subject;
}

}  // namespace

void books::finished(const exchange& request, connection& client, std::chrono::nanoseconds took, std::string_view cut) {
  const auto* route = request.match;
  const auto index = route ? route->index : request_counters::no_route;
  const auto counted = counters_.count(index, request.status, took, request.bytes);
  if (request.timed_out) {
    counters_.count_timeout(index);
    if (cut.empty()) cut = request_timeout;
  }
  if (cut.empty() && drain_.draining()) {
    const std::lock_guard lock(summary_mutex_);
    ++summary_.completed;
  }
  std::optional<trace_text> trace;
  const auto* const traces = client.parts().traces;
  if (traces && !traces->off()) [[unlikely]] {
    trace = end_span(request, took, cut, access_.enabled());
    if (request.span) {
      const auto& where = request.span.where();
      if (where.sampled()) request_counters::keep_exemplar(counted, took, where, request.shown->started() + took);
    }
  }
  if (!access_.enabled()) return;
  log_access({request.id(), request.parser->method_name(), request.parser->target(),
              route ? std::string_view(route->pattern) : "-"sv, client_address(request), request.status, request.bytes,
              took, cut, client_name(client.io()), request.parser->version() == 20 ? "HTTP/2"sv : ""sv,
              request.shed ? std::string_view(request.shed) : ""sv, trace ? std::string_view(*trace) : ""sv});
}

void books::handshake_failed(const std::string& why, const std::string& remote) {
  handshakes_failed_.fetch_add(1, std::memory_order_relaxed);
  if (!why.empty() && handshake_lines_.due(why)) log::info("handshake failed", {{"why", why}, {"remote", remote}});
}

void books::proxy_header_refused(const std::string& why, const std::string& remote) {
  proxy_headers_refused_.fetch_add(1, std::memory_order_relaxed);
  if (proxy_lines_.due(why)) log::warn("connection refused by the PROXY protocol", {{"why", why}, {"remote", remote}});
}

void books::log_access(const log::access_entry& entry) {
  if (!access_.add(entry)) return;
  if (drain_.draining()) return access_.flush();  // it may be the last moment
  // Under load a block is full before that. A block for each round of the event loop would wake the log's thread far
  // too often.
  if (flush_pending_) return;
  flush_timer_.expires_after(5ms);
  flush_timer_.async_wait([this](boost::system::error_code) {
    flush_pending_ = false;
    access_.flush();
  });
  flush_pending_ = true;
}

void books::cut(stop::cut_work request) {
  cut_.fetch_add(1, std::memory_order_relaxed);
  if (request.trace.empty()) {
    log::warn("request cut", {{"request", request.what}, {"seconds", request.age}, {"why", request.why}});
  } else {
    log::warn("request cut",
              {{"request", request.what}, {"seconds", request.age}, {"why", request.why}, {"trace", request.trace}});
  }
  if (!drain_.draining()) return;
  const std::lock_guard lock(summary_mutex_);
  summary_.cut.push_back(std::move(request));
}

void books::cut(const exchange& request, const char* why) {
  const auto trace = told_trace(request);
  cut({request.shown->name(), request.shown->age(clock::now()), why, trace ? trace->str() : std::string()});
}

void books::refused() {
  const std::lock_guard lock(summary_mutex_);
  ++summary_.refused;
}

void books::close() {
  flush_timer_.cancel();
  access_.flush();
}

stop::drain_summary books::summary() const {
  const std::lock_guard lock(summary_mutex_);
  return summary_;
}

void books::add_to(server_figures& sum) const {
  counters_.add_to(sum.routes);
  sum.accepted += accepted_.load(std::memory_order_relaxed);
  sum.cut += cut_.load(std::memory_order_relaxed);
  sum.displaced += displaced_.load(std::memory_order_relaxed);
  sum.handshakes_done += handshakes_done_.load(std::memory_order_relaxed);
  sum.handshakes_failed += handshakes_failed_.load(std::memory_order_relaxed);
  sum.proxy_headers_refused += proxy_headers_refused_.load(std::memory_order_relaxed);
  sum.http2_connections += http2_.load(std::memory_order_relaxed);
  for (std::size_t kind = 0; kind < floods_.size(); ++kind) {
    sum.http2_floods[kind] += floods_[kind].load(std::memory_order_relaxed);
  }
}

}  // namespace sundown::http::detail
