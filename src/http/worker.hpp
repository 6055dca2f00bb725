#pragma once

#include "http/connection_registry.hpp"
#include "http/drain_state.hpp"
#include "http/head_writer.hpp"
#include "http/listener.hpp"
#include "http/request_counters.hpp"
#include "http/turns.hpp"
#include "http/workspace.hpp"

#include <sundown/config.hpp>
#include <sundown/http/router.hpp>
#include <sundown/log.hpp>

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sundown::http::detail {

/// What one thread of the data plane has: listeners, its connections, and what they share. A connection never leaves
/// it.
///
/// Thread safety: everything on the worker's own context, but for connections().inspect(), last_accepted() and the
/// summary().
class worker {
 public:
  worker(asio::io_context& context, const router& routes, const http_config& limits, const drain_state& drain,
         std::vector<worker_acceptor> acceptors, bool access_log, std::size_t spare_descriptors);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  worker_executor executor() const noexcept { return context_.get_executor(); }
  const router& routes() const noexcept { return routes_; }
  const http_config& limits() const noexcept { return limits_; }
  const drain_state& drain() const noexcept { return drain_; }
  head_writer& heads() noexcept { return heads_; }
  workspace_pool& workspaces() noexcept { return workspaces_; }
  detail::turns& turns() noexcept { return turns_; }
  connection_registry& connections() noexcept { return connections_; }
  const connection_registry& connections() const noexcept { return connections_; }

  /// When it accepted its newest connection.
  clock::time_point last_accepted() const noexcept;
  std::uint64_t next_request_number() noexcept;
  /// One request has ended; `whole`: its answer was written.
  void finished(const route* to, unsigned status, std::chrono::nanoseconds took, std::uint64_t bytes, bool whole);
  bool logs_access() const noexcept { return access_.enabled(); }
  void log_access(const log::access_entry& entry);
  /// One request will not be finished.
  void cut(lifecycle::cut_work what);
  /// One request was answered 503 at the hard cancel.
  void refused();

  void set_access_log(bool enabled) noexcept { access_.set_enabled(enabled); }

  /// The router is complete. On the thread that starts the server.
  void prepare() { counters_.make_room(routes_.routes().size()); }
  /// Starts accepting and sweeping.
  void start();

  // The stop, in this order.
  void announce();
  task<> close_listeners();
  /// Calls once there are no connections, and no listener is about to accept some.
  void when_empty(std::function<void()> call);
  /// Connections between requests end now, without their grace.
  void end_idle();
  void hard_cancel();
  /// `why` is a literal.
  void abort_all(const char* why);
  /// Ends the sweep: nothing of this worker keeps the context running any more.
  void finish();

  /// A connection's deadline is nearer than the next sweep.
  void deadline_set(clock::time_point when);
  void connection_ended();

  /// What happened since the announcement. Any thread.
  lifecycle::drain_summary summary() const;
  /// Adds this worker's figures. Any thread.
  void add_to(server_figures& sum);

 private:
  task<> sweep();
  std::chrono::milliseconds sweep_interval() const;
  void note_lag(clock::time_point now);
  std::size_t swept() const noexcept;
  void tell_if_empty();

  asio::io_context& context_;
  const router& routes_;
  const http_config& limits_;
  const drain_state& drain_;
  std::vector<std::unique_ptr<listener>> listeners_;  // one, unless more sockets than workers were handed over
  connection_registry connections_;
  workspace_pool workspaces_;
  head_writer heads_;
  log::access_log access_;
  request_counters counters_;
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::int64_t> largest_lag_{0};  // nanoseconds
  worker_timer sweep_timer_;
  worker_timer flush_timer_;  ///< for lines of the access log that no full block has taken
  bool flush_pending_ = false;
  clock::time_point next_sweep_{};
  clock::time_point next_look_{};  ///< for clients that are gone
  bool finished_ = false;
  std::uint64_t request_number_;
  int closings_ = 0;  ///< close_listeners() under way
  std::function<void()> when_empty_;
  mutable std::mutex summary_mutex_;
  lifecycle::drain_summary summary_;
  detail::turns turns_;  ///< last: a connection that waits there uses all else when it is destroyed
};

}  // namespace sundown::http::detail
