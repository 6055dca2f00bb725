#pragma once

#include "http/admission.hpp"
#include "http/books.hpp"
#include "http/drain_state.hpp"
#include "http/forwarding.hpp"
#include "http/head_writer.hpp"
#include "http/session_status.hpp"
#include "http/sweep_timer.hpp"
#include "http/turns.hpp"
#include "http/workspace.hpp"

#include <sundown/config.hpp>

#include <cstdint>
#include <memory>

namespace sundown::http {
class http2_provider;
}  // namespace sundown::http
namespace sundown::trace {
class tracer;
}  // namespace sundown::trace

namespace sundown::http::detail {

/// What the connections of one worker share. A connection knows nothing else of its worker.
///
/// Thread safety: members are used on the worker's thread, unless they say otherwise.
struct worker_parts {
  worker_parts(const worker_executor& where, const router& served, const http_config& configured,
               const drain_state& drain, bool access_log);

  /// The number of a request that brings no id. Numbers repeat after 2^64 requests, and neighbours don't look alike (a
  /// Weyl sequence).
  std::uint64_t next_request_number() noexcept { return request_number_ += 0x9e3779b97f4a7c15; }

  worker_executor executor;
  const router& routes;
  const http_config& limits;
  const drain_state& stop;
  const detail::forwarding forwarding;
  const bool proxy_protocol;                                  ///< connections begin with its header
  clock::time_point announced_at = clock::time_point::max();  ///< of the stop, on this worker
  /// Clients wait in the accept queue, and no connection can be spared for them: each answer is its connection's last.
  bool answers_close = false;
  books book;

  const http2_provider* http2 = nullptr;  ///< if it is spoken here
  const trace::tracer* traces = nullptr;  ///< if requests have spans

  phase_counts phases;
  stream_registry streams;
  sweep_timer sweep;
  head_writer heads;
  workspace_pool workspaces;
  std::shared_ptr<void> http2_store;  ///< what its provider keeps for all connections

 private:
  std::uint64_t request_number_;

 public:
  // Last: a connection that waits there uses all else when it is destroyed, and in a turn the place that it has.
  std::unique_ptr<detail::admission> admission;  ///< nullptr where nothing is limited
  detail::turns turns;
};

}  // namespace sundown::http::detail
