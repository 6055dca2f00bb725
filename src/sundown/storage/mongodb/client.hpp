#pragma once

#include <sundown/task.hpp>

#include "storage/blocking/blocking_pool.hpp"
#include "storage/blocking/call_gate.hpp"
#include "storage/mongodb/keeper.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace sundown::storage {

/// Calls to MongoDB: the driver's blocking ones, on the pool's threads, each with a limit for its caller.
///
///     result<long> n = co_await client.run([](mongo_connection& with) { return count(with); });
///
/// While the deployment is known to be down, calls are answered `unavailable` at once; it is noticed within about a
/// second when it is back. The driver's own waits end in time too (see read_mongo_uri), so that a server that hangs
/// holds a thread for hardly longer than a caller waits.
/// Errors: of the call; busy (the pool's queue is full), unavailable, timed_out, canceled (closed, or by the caller).
/// Of the latter two the detail says whether the outcome is unknown. The constructor throws startup_error.
/// Thread safety: run() on any worker; a call resumes on the worker that made it.
/// Lifetime: must be closed before it is destroyed, unless no call is under way; the pool must outlive it.
class mongo_client {
 public:
  mongo_client(const mongo_options& options, blocking_pool& pool, mongo_listener listener, mongo_preparation prepare);
  ~mongo_client();

  /// Runs query(mongo_connection&), which returns result<T>.
  template <class F>
  auto run(F query) -> task<std::invoke_result_t<F&, mongo_connection&>>;

  /// For the start, before workers run: waits until the deployment is up, or, if not `patient`, is known not to be, for
  /// at most the timeout. The failure's text, or "" when it is up; give_up() ends the waiting.
  std::string wait_up(bool patient, const std::function<bool()>& give_up) {
    return keeper_.wait_up(limit_, patient, give_up);
  }

  /// Refuses new calls, awaits those under way, then ends the sessions and closes the connections, on a thread of its
  /// own: no server sees a command of ours that began after close() did, but for the end of the sessions. Throws
  /// operation_aborted if it is cancelled before that, timed_out if the server was silent for as long as the driver
  /// waits.
  asio::awaitable<void> close();
  /// "2 operations", "sessions to end", or "".
  std::string waiting_for() const;
  /// After close(): what was left out of it, "endSessions: the server was down", or "".
  std::string omitted() const;

 private:
  class loan;

  static error given_up(error how, asio::cancellation_type by_caller, std::chrono::milliseconds limit);

  const std::chrono::milliseconds limit_;
  blocking_pool& pool_;
  call_gate gate_;
  std::atomic<bool> closing_{false};
  mongo_keeper keeper_;
};

/// A connection for the duration of a call, or the reason why there is none.
class mongo_client::loan {
 public:
  explicit loan(mongo_client& from);
  ~loan();
  loan(const loan&) = delete;
  loan& operator=(const loan&) = delete;

  const std::optional<error>& refused() const { return refused_; }
  mongo_connection& connection() { return *connection_; }

 private:
  mongo_client& from_;
  std::optional<error> refused_;
  std::unique_ptr<mongo_connection> connection_;
};

template <class F>
auto mongo_client::run(F query) -> task<std::invoke_result_t<F&, mongo_connection&>> {
  using outcome = std::invoke_result_t<F&, mongo_connection&>;
  using clock = std::chrono::steady_clock;
  const auto limit = limit_;  // who gave up is answered after his pass is gone, and perhaps after the close
  auto inside = gate_.enter();
  if (!inside) co_return inside.error();
  if (auto down = keeper_.down()) co_return std::move(*down);
  auto call = [this, query = std::move(query), pass = std::move(*inside)]() mutable -> outcome {
    loan lent(*this);
    if (lent.refused()) return *lent.refused();
    return query(lent.connection());
  };
  asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor> timer(
      co_await asio::this_coro::executor);
  auto answer = co_await pool_.async_run(std::move(call), asio::cancel_after(timer, limit, use_task));
  if (!answer && answer.error().code == errc::canceled) {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return given_up(answer.error(), state.cancelled(), limit);
  }
  co_return answer;
}

}  // namespace sundown::storage
