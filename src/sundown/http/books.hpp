#pragma once

#include "base/seldom.hpp"
#include "http/drain_state.hpp"
#include "http/request_counters.hpp"
#include "http/worker_io.hpp"

#include <sundown/http/figures.hpp>
#include <sundown/log.hpp>
#include <sundown/stop/drainable.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace sundown::http::detail {

struct exchange;
class connection;

/// What a worker's connections have done: counters, the access log, and the summary of a stop.
///
/// Thread safety: the worker's thread, but for summary() and add_to().
class books {
 public:
  books(const worker_executor& executor, const drain_state& drain, bool access_log)
      : drain_(drain), access_(access_log), flush_timer_(executor) {}

  /// The router is complete. On the thread that starts the server.
  void make_room(std::size_t routes) { counters_.make_room(routes); }
  void set_access_log(bool enabled) noexcept { access_.set_enabled(enabled); }

  void accepted() noexcept { accepted_.fetch_add(1, std::memory_order_relaxed); }
  void handshake_done() noexcept { handshakes_done_.fetch_add(1, std::memory_order_relaxed); }
  /// Counted each time, and logged where there is a reason: the same one once a second.
  void handshake_failed(const std::string& why, const std::string& remote);
  /// A connection has ended at the header of the PROXY protocol. Logged as handshakes are.
  void proxy_header_refused(const std::string& why, const std::string& remote);
  /// A request has ended. `cut`: why its answer is not whole; empty: it is written.
  void finished(const exchange& request, connection& client, std::chrono::nanoseconds took, std::string_view cut);
  /// A request will not be finished: counted, and named in the summary if a stop cuts it.
  void cut(stop::cut_work request);
  void cut(const exchange& request, const char* why);
  /// A request was answered 503 at the hard cancel.
  void refused();

  /// A connection ends for the sake of a new client.
  void displaced() noexcept { displaced_.fetch_add(1, std::memory_order_relaxed); }
  /// A connection has changed over to HTTP/2.
  void speaks_http2() noexcept { http2_.fetch_add(1, std::memory_order_relaxed); }
  /// One of them is ended for what its peer does: `kind` of flood_names.
  void flooded(std::size_t kind) noexcept { floods_[kind].fetch_add(1, std::memory_order_relaxed); }

  /// Hands the lines of the access log to the log's writer.
  void flush() { access_.flush(); }
  /// Flushes for the last time: no timer keeps the context running any more.
  void close();

  /// What happened since the announcement. Any thread.
  stop::drain_summary summary() const;
  /// Adds the figures of these books. Any thread.
  void add_to(server_figures& sum) const;

 private:
  void log_access(const log::access_entry& entry);

  const drain_state& drain_;
  request_counters counters_;
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> cut_{0};
  std::atomic<std::uint64_t> displaced_{0};
  std::atomic<std::uint64_t> handshakes_done_{0}, handshakes_failed_{0};
  base::seldom handshake_lines_{std::chrono::seconds(1)};
  std::atomic<std::uint64_t> proxy_headers_refused_{0};
  base::seldom proxy_lines_{std::chrono::seconds(1)};
  std::atomic<std::uint64_t> http2_{0};
  std::array<std::atomic<std::uint64_t>, flood_names.size()> floods_{};
  log::access_log access_;
  worker_timer flush_timer_;  ///< for lines of the access log that no full block has taken
  bool flush_pending_ = false;
  mutable std::mutex summary_mutex_;
  stop::drain_summary summary_;  ///< of the stop alone: empty while serving
};

}  // namespace sundown::http::detail
