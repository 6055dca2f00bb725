#pragma once

#include <sundown/stop/budget.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sundown::stop {

namespace asio = boost::asio;

/// One piece of work that was still under way, by name.
struct cut_work {
  cut_work() = default;
  cut_work(std::string name, milliseconds since, std::string reason, std::string its_trace = {})
      : what(std::move(name)), age(since), why(std::move(reason)), trace(std::move(its_trace)) {}

  std::string what;     ///< "GET /demo/sleep"
  milliseconds age{0};  ///< since the request's first byte
  /// "hard_cancel", "stall_limit", "drain", "fast stop", "deadline", "second interrupt", "not accepted", "stuck"; a
  /// grace's name ("stream_grace"); what else abort() was given
  std::string why;
  std::string trace;  ///< its id, if the trace is sampled or the client has brought it; else ""
};

/// What a server has open at a moment.
struct server_activity {
  server_activity() = default;

  std::size_t connections = 0;
  std::size_t requests = 0;       ///< in flight: from the first byte of a request to the last of its answer
  std::vector<cut_work> longest;  ///< the oldest requests, at most 5, oldest first; `why` is empty
};

/// What the drain did.
struct drain_summary {
  drain_summary() = default;

  std::size_t completed = 0;  ///< requests answered whole since the announcement
  std::size_t refused = 0;    ///< requests answered 503 at the hard cancel
  std::size_t swept = 0;      ///< connections accepted while the listeners closed
  std::vector<cut_work> cut;  ///< what was not finished; the exit code is 3 if there is any
};

/// What the stop needs of a server, in the order in which it is called. Calls come on the shutdown strand, but for
/// those marked otherwise; the server hands them to its own threads and never waits for a blocked one beyond the given
/// time.
class drainable {
 public:
  virtual ~drainable() = default;

  /// The soft token: from now on every answer whose head is not yet written says `Connection: close`.
  virtual void announce() = 0;
  /// When the newest connection was accepted; the adaptive ready_delay ends one second after it.
  virtual clock::time_point last_accepted() const noexcept = 0;
  /// Closes the listeners so that no client that has connected is reset. Idempotent. While it is waiting for a blocked
  /// worker, drain() may be called: the stop gives it a part of the drain's time, then goes on beside it.
  virtual asio::awaitable<void> close_listeners() = 0;
  /// Drains every session by its state; returns when all have ended, or at drain_end with the rest aborted by name,
  /// also when a worker thread is blocked and can't be asked.
  virtual asio::awaitable<drain_summary> drain(const budget& clock) = 0;
  /// The fast stop: aborts every session now, with this reason in the summary. drain() then returns at once, also if
  /// it is called only later. Also called just before a forced exit, then from any thread and perhaps a second time.
  virtual void abort(std::string why) = 0;
  /// What is open now; never blocks on a worker. Any thread.
  virtual server_activity activity() const = 0;
};

}  // namespace sundown::stop
