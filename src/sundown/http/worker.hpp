#pragma once

#include "http/connection_registry.hpp"
#include "http/drain_state.hpp"
#include "http/head_writer.hpp"
#include "http/listener.hpp"
#include "http/loop_lag.hpp"
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
  struct options {
    bool access_log = true;
    std::size_t spare_descriptors = 0;
    bool ends_idle = false;                       ///< at its limits, to let new connections in
    std::function<void(std::string)> on_failure;  ///< it will never accept again; why
  };

  worker(asio::io_context& context, const router& routes, const http_config& limits, const drain_state& drain,
         std::vector<worker_acceptor> acceptors, options how);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  worker_executor executor() const noexcept { return context_.get_executor(); }
  const router& routes() const noexcept { return routes_; }
  const http_config& limits() const noexcept { return limits_; }
  const drain_state& drain() const noexcept { return drain_; }
  /// The end of time before it.
  clock::time_point announced_at() const noexcept { return announced_at_; }
  head_writer& heads() noexcept { return heads_; }
  workspace_pool& workspaces() noexcept { return workspaces_; }
  phase_counts& phases() noexcept { return phases_; }
  const phase_counts& phases() const noexcept { return phases_; }
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
  /// One request will not be finished: counted, and named in the summary if a stop cuts it.
  void cut(stop::cut_work what);
  /// One request was answered 503 at the hard cancel.
  void refused();

  void set_access_log(bool enabled) noexcept { access_.set_enabled(enabled); }

  /// The router is complete. On the thread that starts the server.
  void prepare() { counters_.make_room(routes_.routes().size()); }
  /// Starts accepting and sweeping.
  void start();

  // The stop, in this order.
  void announce();
  task<> close_listeners(listener::patience how);
  /// Calls once there are no connections, and no listener is about to accept some.
  void when_empty(std::function<void()> call);
  /// Connections between requests end now, without their grace.
  void end_idle();
  void hard_cancel();
  void abort_all(const std::string& why);
  /// Ends the sweep: nothing of this worker keeps the context running any more.
  void finish();

  /// A connection's deadline is nearer than the next sweep.
  void deadline_set(clock::time_point when);
  void connection_ended() noexcept;

  /// What happened since the announcement. Any thread.
  stop::drain_summary summary() const;
  /// Adds this worker's figures. Any thread.
  void add_to(server_figures& sum) const;

 private:
  void accept(worker_socket socket);
  bool full() const noexcept;
  /// Asks the connection that can best be spared to end; false if there is none.
  bool make_room();
  /// Calls it for each connection; what one call throws is logged, and the others are made.
  template <class Call>
  void with_each(Call call) noexcept;
  void start_sweep() noexcept;
  task<> sweep();
  std::chrono::milliseconds sweep_interval() const;
  std::size_t swept() const noexcept;
  void tell_if_empty() noexcept;

  asio::io_context& context_;
  const router& routes_;
  const http_config& limits_;
  const drain_state& drain_;
  const options how_;
  std::vector<std::unique_ptr<listener>> listeners_;  // one, unless more sockets than workers were handed over
  phase_counts phases_;
  connection_registry connections_;
  workspace_pool workspaces_;
  head_writer heads_;
  log::access_log access_;
  request_counters counters_;
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> cut_{0};
  loop_lag lag_;
  endless_loop sweep_loop_{"looking at deadlines"};
  worker_timer sweep_timer_;
  worker_timer flush_timer_;  ///< for lines of the access log that no full block has taken
  bool flush_pending_ = false;
  clock::time_point next_sweep_{};
  clock::time_point next_look_{};  ///< for clients that are gone
  clock::time_point announced_at_ = clock::time_point::max();
  bool finished_ = false;
  std::uint64_t request_number_;
  int closings_ = 0;  ///< close_listeners() under way
  std::function<void()> when_empty_;
  mutable std::mutex summary_mutex_;
  stop::drain_summary summary_;  ///< of the stop alone: empty while serving
  detail::turns turns_;          ///< last: a connection that waits there uses all else when it is destroyed
};

}  // namespace sundown::http::detail
