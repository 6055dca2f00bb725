#pragma once

#include "http/drain_state.hpp"
#include "http/request_limit.hpp"
#include "http/worker_io.hpp"

#include <sundown/config.hpp>
#include <sundown/http/figures.hpp>
#include <sundown/task.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

namespace sundown::http {
class router;
}  // namespace sundown::http

namespace sundown::http::detail {

class admission;
struct exchange;
struct route_scope;

/// Why a request was not admitted; in the order of shed_names.
enum class shed_reason : std::uint8_t { queue_full, waited, group, pressure };

/// A place among the requests under way, until it is left. The worker's thread only.
class admission_pass {
 public:
  admission_pass() noexcept = default;
  admission_pass(admission& gives, const route_scope& scope) noexcept : gives_(&gives), scope_(&scope) {}
  admission_pass(const admission_pass&) = delete;
  admission_pass& operator=(const admission_pass&) = delete;
  admission_pass(admission_pass&& other) noexcept
      : gives_(std::exchange(other.gives_, nullptr)), scope_(other.scope_) {}
  admission_pass& operator=(admission_pass&& other) noexcept {
    std::swap(gives_, other.gives_);
    std::swap(scope_, other.scope_);
    return *this;
  }
  ~admission_pass() { leave(); }

  void leave() noexcept {
    if (gives_ != nullptr) give_back();
  }

 private:
  void give_back() noexcept;

  admission* gives_ = nullptr;
  const route_scope* scope_ = nullptr;
};

/// A request in the queue. Lifetime: until it is out of the queue.
struct queued_request : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> {
  enum class outcome : std::uint8_t { waits, admitted, shed, gone };

  exchange* current = nullptr;
  clock::time_point since{};
  boost::asio::any_completion_handler<void()> resume;
  outcome how = outcome::waits;
  shed_reason why = shed_reason::queue_full;
  bool linked = false;
};

/// What the workers of a server share for their admission.
struct admission_shares {
  admission_shares(std::size_t most_requests, std::size_t worker_count)
      : all(most_requests != 0 ? most_requests : std::numeric_limits<std::size_t>::max()), workers(worker_count) {}

  request_limit all;
  const std::size_t workers;
  std::vector<admission*> members;  ///< filled before they run
};

/// Which requests of a worker begin, which wait, and which are told 503 at once.
///
/// A plain handler runs on the worker's thread, and what waits for it is bytes in sockets, which nobody sees. So every
/// request under admission goes through the queue: the worker reads and parses what is ready, and serves from the queue
/// for one slice between two looks at its sockets. The queue is then what waits, and how long it waits is known.
///
/// In the queue the first comes first, and none waits for longer than http.queue_wait. A queue in which requests have
/// waited for long all through one http.queue_wait is over-full: then the newest comes first and the others are sent
/// away after a moment, for whoever has waited is about to give up, and an answer that comes late is work for nothing
/// (docs/overload.md). There is a queue for each group that has a limit, so that none stands behind another group's.
///
/// Thread safety: the worker's thread, but for add_to() and waiting(). Lifetime: that of the worker's parts, the last.
class admission {
 public:
  admission(const worker_executor& executor, const http_config& limits, admission_shares& shares);
  admission(const admission&) = delete;
  admission& operator=(const admission&) = delete;
  ~admission();

  /// Whether anything of it is under admission. Once the router is complete.
  static bool is_needed(const http_config& limits, const router& routes);

  enum class verdict : std::uint8_t { admitted, waits, shed };
  /// A request whose head is there. `admitted`: it waits for nobody. `shed`: entry.why. `waits`: it is in the queue;
  /// the caller sets entry.resume before it returns to the event loop, or awaits wait(). Then entry.how says what has
  /// come.
  verdict enter(exchange& current, queued_request& entry);
  task<> wait(queued_request& entry);

  /// Nobody waits for the request any more: it leaves the queue, and is not resumed.
  void forget(queued_request& entry) noexcept;
  /// It leaves the queue with this outcome, and is resumed soon.
  void drop(queued_request& entry);
  void release(const route_scope& scope) noexcept;
  /// From time to time: goes on where there was no memory for that.
  void revive() noexcept;
  void close() noexcept;

  std::size_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }
  void add_to(server_figures& sum) const;

 private:
  /// The queue of one group with a limit, or of all that are in none.
  struct lane {
    boost::intrusive::list<queued_request> waiting;
    bool over_full = false;
    clock::time_point long_waits_since = clock::time_point::max();
    clock::time_point window{};  ///< while over-full: of the next two
    std::size_t arrived = 0, shed = 0;
  };

  /// What keeps a request from beginning.
  enum class obstacle : std::uint8_t { none, all, group, pressure };

  lane& lane_of(const route_scope& scope);
  verdict refuse(lane& queue, queued_request& entry) noexcept;
  milliseconds wait_limit(const lane& queue) const noexcept;
  obstacle take_place(const route_scope& scope) noexcept;
  void leave_place(const route_scope& scope) noexcept;
  /// Serves from the queue after the sockets that are ready now have been read.
  void schedule() noexcept;
  void turn();
  void send_away_late(clock::time_point now);
  /// Starts one request; false if none can begin.
  bool serve_next();
  void judge(lane& queue, clock::duration waited, clock::time_point now) noexcept;
  void take_out(lane& queue, queued_request& entry) noexcept;
  void finish(queued_request& entry, queued_request::outcome how);
  void shed(lane& queue, queued_request& entry, shed_reason why);
  void count(shed_reason why) noexcept;
  void look_again();

  const worker_executor executor_;
  const http_config& limits_;
  admission_shares& shares_;
  const std::size_t longest_;  ///< of one lane
  worker_timer timer_;
  std::deque<lane> lanes_;
  std::size_t next_lane_ = 0;
  bool scheduled_ = false;
  bool timed_ = false;
  bool closed_ = false;
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> admitted_{0};
  std::array<std::atomic<std::uint64_t>, shed_names.size()> shed_{};
};

}  // namespace sundown::http::detail
