#pragma once

#include <sundown/trace/exemplar.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sundown::http {

/// What a connection is doing; the rules of the stop go by it (docs/drain.md).
enum class phase : std::uint8_t {
  handshake,  ///< of TLS, or the PROXY protocol's header: no request can be read yet
  fresh,      ///< connected, no byte yet
  idle,       ///< between requests
  head,       ///< some of a request's head is there
  body,       ///< reading a request's body
  queued,     ///< a request waits to be admitted
  handling,   ///< a handler runs
  answer,     ///< writing an answer that has an end
  stream,     ///< writing an endless answer
  websocket,
  streams,  ///< HTTP/2: its streams are being served
  linger,   ///< all is written, waiting for the peer
};

/// The names of the phases, in their order.
inline constexpr std::array<const char*, 12> phase_names{"handshake", "fresh",     "idle",    "head",
                                                         "body",      "queued",    "handler", "answer",
                                                         "stream",    "websocket", "streams", "linger"};

/// The statuses that are counted one by one; all others together. 499 (nginx's) is no answer: the client went away
/// before one began.
inline constexpr std::array<unsigned, 29> counted_statuses{101, 200, 201, 202, 204, 304, 400, 401, 403, 404,
                                                           405, 408, 409, 411, 412, 413, 414, 415, 417, 422,
                                                           426, 429, 431, 499, 500, 501, 503, 504, 505};

/// Upper bounds of the duration histogram, in seconds.
inline constexpr std::array<double, 12> duration_bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                        0.01,   0.025,   0.1,    0.5,   2.5,    10};

/// The newest traced request of a bucket of the duration histogram.
struct duration_exemplar {
  duration_exemplar(std::size_t its_bucket, const trace::exemplar& request) noexcept
      : bucket(its_bucket), newest(request) {}

  std::size_t bucket;  ///< as in by_duration
  trace::exemplar newest;
};

/// The requests of one route since the start: each that was begun, once it has ended.
struct route_figures {
  route_figures() = default;
  route_figures(std::string its_method, std::string its_pattern)
      : method(std::move(its_method)), route(std::move(its_pattern)) {}

  std::string method;  ///< "GET"
  std::string route;   ///< its pattern; "-" for requests that no route took
  std::array<std::uint64_t, counted_statuses.size() + 1> by_status{};   ///< as counted_statuses, then all others
  std::array<std::uint64_t, duration_bounds.size() + 1> by_duration{};  ///< as duration_bounds, then all above
  std::vector<duration_exemplar> exemplars;  ///< of buckets that have one; none while no trace is sampled
  double seconds = 0;
  std::uint64_t bytes = 0;     ///< of bodies
  std::uint64_t timeouts = 0;  ///< given up by http.request_timeout, or the route's own
};

/// What HTTP/2 connections are ended for: frames that cost much and bring nothing, over what is tolerated
/// (docs/http2.md).
inline constexpr std::array<const char*, 6> flood_names{"resets",     "continuations", "header_list",
                                                        "empty_data", "control",       "library"};

/// Why requests were not admitted (docs/overload.md): no room in the queue; too long in it for http.max_requests or the
/// worker's thread, for a group's limit, or for what a group needs.
inline constexpr std::array<const char*, 4> shed_names{"queue_full", "waited", "group", "pressure"};

/// What a server has open and has done: a snapshot for metrics and /status.
struct server_figures {
  server_figures() = default;

  std::vector<route_figures> routes;
  std::array<std::size_t, phase_names.size()> connections_by_phase{};
  std::size_t requests = 0;  ///< in flight: from the first byte of a request to the last of its answer
  std::uint64_t accepted = 0;
  std::uint64_t swept = 0;                                       ///< accepted while the listeners closed
  std::uint64_t cut = 0;                                         ///< requests given up
  std::uint64_t displaced = 0;                                   ///< connections ended for new clients
  std::uint64_t handshakes_done = 0, handshakes_failed = 0;      ///< of TLS
  bool proxy_protocol = false;                                   ///< whether connections begin with its header
  std::uint64_t proxy_headers_refused = 0;                       ///< connections that were ended for it
  bool http2 = false;                                            ///< whether HTTP/2 is spoken
  std::uint64_t http2_connections = 0;                           ///< since the start
  std::array<std::uint64_t, flood_names.size()> http2_floods{};  ///< connections that were ended
  bool admission = false;                                        ///< whether any route is under it
  std::size_t queued = 0;                                        ///< requests that wait to be admitted
  std::uint64_t admitted = 0;
  std::array<std::uint64_t, shed_names.size()> shed{};
  std::chrono::nanoseconds largest_lag{0};  ///< event loop: how late a timer ran at most in the last minute
};

}  // namespace sundown::http
