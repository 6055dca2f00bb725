#pragma once

#include "http/connection_registry.hpp"
#include "http/drain_state.hpp"
#include "http/endless_loop.hpp"
#include "http/listener.hpp"
#include "http/loop_lag.hpp"
#include "http/request_traces.hpp"
#include "http/worker_parts.hpp"

#include <sundown/config.hpp>
#include <sundown/http/router.hpp>
#include <sundown/http/server.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sundown::http::detail {

/// One thread of the data plane: listeners, connections, and the parts that connections share. A connection never
/// leaves its worker.
///
/// Thread safety: all members are called on the worker's own context. inspect(), requests(), last_accepted() and
/// summary() are called on any thread.
class worker {
 public:
  struct door {
    worker_acceptor acceptor;
    listener_kind kind;
  };
  struct options {
    bool access_log = true;
    std::size_t spare_descriptors = 0;
    server::yielding yields = server::yielding::nobody;
    /// Descriptors are the process's: where no connection here can be spared, one of another worker may be.
    std::function<void(const worker& asking, std::size_t clients)> ask_others;
    admission_shares* shares = nullptr;           ///< of all workers; outlives them
    std::shared_ptr<const encryption> tls;        ///< of the listeners that speak it
    const http2_provider* http2 = nullptr;        ///< if it is spoken, by ALPN or in the clear
    const trace::tracer* traces = nullptr;        ///< if requests have spans
    std::function<void(std::string)> on_failure;  ///< with the reason, when a listener will never accept again
  };

  worker(asio::io_context& context, const router& routes, const http_config& limits, const drain_state& drain,
         std::vector<door> doors, options how);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  worker_executor executor() const noexcept { return parts_.executor; }
  const connection_registry& connections() const noexcept { return connections_; }
  const phase_counts& phases() const noexcept { return parts_.phases; }
  std::size_t requests() const noexcept { return phases().requests() + parts_.streams.requests(); }
  /// Calls it with the status of each connection and each stream. Any thread.
  template <class Call>
  void inspect(Call call) const {
    connections_.inspect(call);
    parts_.streams.inspect(call);
  }
  /// When the worker accepted its newest connection.
  clock::time_point last_accepted() const noexcept;

  void set_access_log(bool enabled) noexcept { parts_.book.set_access_log(enabled); }

  /// Called when the router is complete, on the thread that starts the server.
  void prepare();
  /// Starts accepting and sweeping.
  void start();

  /// Asks the connections that can best be spared to end, for so many clients: how many do. Where none can be spared,
  /// answers end their connections for a while.
  std::size_t yield_to(std::size_t clients);

  // The stop, in this order.
  void announce();
  task<> close_listeners(listener::patience how);
  /// Makes the call once the worker has no connections and no listener that still accepts.
  void when_empty(std::function<void()> call);
  /// Ends connections that are between requests at once, without their grace.
  void end_idle();
  void hard_cancel();
  void abort_all(const std::string& why);
  /// Ends the sweep: nothing of this worker keeps the context running any more.
  void finish();

  /// The trace of the request that this has shown since then, as the worker last knew it in the stop; empty if it was
  /// told to nobody, or is not known. Any thread.
  std::string trace_of(const session_status* shown, clock::time_point started) const {
    return traces_.find(shown, started);
  }
  /// What has happened since the announcement. Any thread.
  stop::drain_summary summary() const;
  /// Adds this worker's figures. Any thread.
  void add_to(server_figures& sum) const;

 private:
  class client;

  void accept(boost::scope::unique_fd socket, const encryption* encrypted);
  void client_ended() noexcept;
  bool full() const noexcept;
  /// For so many clients in the accept queue: how many connections end.
  std::size_t make_room(std::size_t clients);
  void end_closing_answers(clock::time_point now) noexcept;
  /// Makes the call for each connection. An exception of one call is logged, and does not keep the others from being
  /// made.
  template <class Call>
  void with_each(Call call) noexcept;
  void start_sweep() noexcept;
  task<> sweep();
  /// For reports that can't ask this worker. In the stop.
  void note_traces() noexcept;
  std::chrono::milliseconds sweep_interval() const;
  std::size_t swept() const noexcept;
  void tell_if_empty() noexcept;

  const options how_;
  std::vector<std::unique_ptr<listener>> listeners_;  // one for each, unless more sockets were handed over than workers
  connection_registry connections_;
  loop_lag lag_;
  request_traces traces_;
  endless_loop sweep_loop_{"looking at deadlines"};
  clock::time_point next_look_{};  ///< for clients that are gone
  clock::time_point closing_answers_until_{};
  bool finished_ = false;
  int closings_ = 0;  ///< close_listeners() under way
  std::function<void()> when_empty_;
  worker_parts parts_;  ///< last: a connection that waits for its turn uses all else when it is destroyed
};

}  // namespace sundown::http::detail
