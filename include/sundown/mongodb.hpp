#pragma once

#include <sundown/error.hpp>
#include <sundown/pressure.hpp>
#include <sundown/task.hpp>
#include <sundown/trace/database_address.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

// Types of the driver. Whoever calls its functions includes <mongoc/mongoc.h>.
struct _bson_error_t;     // NOLINT(readability-identifier-naming): the driver's, as the next
struct _mongoc_client_t;  // NOLINT(readability-identifier-naming)

namespace sundown {
class blocking_pool;
}

/// The component sundown::mongodb: calls to a MongoDB deployment by its C driver, libmongoc.
namespace sundown::mongodb {

namespace detail {

template <auto Destroy>
struct destroyed_by {
  template <class T>
  void operator()(T* object) const noexcept {
    Destroy(object);
  }
};

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<result<T>> = true;

/// A call and its answer, shared: a caller that gives up leaves the call to its thread.
template <class F, class Outcome>
struct shared_call {
  explicit shared_call(F&& given) : function(std::move(given)) {}

  F function;
  std::optional<Outcome> answer;
};

}  // namespace detail

/// An object of the driver, destroyed by its own function: handle<mongoc_cursor_t, mongoc_cursor_destroy>.
template <class T, auto Destroy>
using handle = std::unique_ptr<T, detail::destroyed_by<Destroy>>;

/// For service::takes_descriptors(), before a client is made: its connections.
inline constexpr std::size_t descriptors = 8;

struct options {
  options() = default;
  options(std::string deployment, std::chrono::milliseconds limit, std::string key = "mongodb.uri")
      : uri(std::move(deployment)), timeout(limit), uri_key(std::move(key)) {}

  std::string uri;
  std::chrono::milliseconds timeout{2'000};  ///< for a call, with the driver's own retry
  std::string uri_key = "mongodb.uri";       ///< what messages call the URI: the key that it was configured by
};

/// Whether a command that fails may have changed something all the same.
enum class access { read, write };

/// A connection of the driver's pool, leased to one call.
/// Thread safety: none. Lifetime: only inside the call.
class connection {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  connection(_mongoc_client_t* client, const options& configured, const std::string& database,
             std::chrono::milliseconds attempt, time_point deadline)
      : client_(client), configured_(configured), database_(database), attempt_(attempt), deadline_(deadline) {}

  /// The driver's client; it belongs to the pool.
  _mongoc_client_t* client() const noexcept { return client_; }
  /// The database in the URI's path, else the program's name.
  const std::string& database() const noexcept { return database_; }
  /// The driver's wait for one answer of the server (socketTimeoutMS).
  std::chrono::milliseconds attempt() const noexcept { return attempt_; }
  /// From then on nobody waits for the outcome: a call of several commands begins no further one.
  time_point deadline() const noexcept { return deadline_; }
  /// Until then, one at least: what a command says as its maxTimeMS, so that the server ends it then.
  std::chrono::milliseconds remaining() const noexcept;

  /// What a failed command means: unavailable (down, broken, refused), timed_out (no answer), invalid (too large). The
  /// detail says so when a write's outcome is unknown. A refusal that every command would meet (login, role, disk)
  /// becomes the deployment's state, in our words, since the server's may quote data.
  error fault(const _bson_error_t& failed, access kind);

  /// Why the server did not let the user in, or "".
  const std::string& locked_out() const noexcept { return locked_out_; }
  /// What the server refuses, and would refuse again, or "".
  const std::string& refused() const noexcept { return refused_; }

 private:
  _mongoc_client_t* client_;
  const options& configured_;
  const std::string& database_;
  std::chrono::milliseconds attempt_;
  time_point deadline_;
  time_point begun_ = std::chrono::steady_clock::now();
  std::string locked_out_;
  std::string refused_;
};

/// No answer came: the command may have been done.
bool is_lost_answer(const _bson_error_t& failed);
/// A unique index, such as that of _id, has the key already.
bool is_duplicate_key(const _bson_error_t& failed);

/// Called with whether the deployment can be used, and why not, or what it refuses though it can: once at the start,
/// and at each change. On the client's own thread, one call at a time.
using listener = std::function<void(bool up, const std::string& detail)>;
/// What is done before the deployment counts as up, such as making indexes. Each second anew until it succeeds. On the
/// client's own thread. What it captures must be its own (a shared_ptr) or outlive the process: a client that is
/// destroyed while the server is silent does not wait for it.
using preparation = std::function<result<void>(connection&)>;

/// Calls to MongoDB: blocking ones of the driver, on the pool's threads, each with a limit for its caller.
///
///     mongodb::client client({uri, 2s, "orders.mongodb.uri"}, app.blocking(), tell_readiness, make_indexes);
///     result<long> n = co_await client.call([](mongodb::connection& lease) { return count(lease); });
///
/// Time: a call has `timeout`, and no longer than `until` where that is given: request.deadline() in a handler, so that
/// a request whose time is nearly over asks no more of the server than it can still use. One that is over is not begun.
/// A handler that is cancelled gives its calls up; one that waits for a thread is never begun then.
/// State: while the deployment is known to be down, calls are answered `unavailable` at once; its return is noticed
/// within about a second. Waits: each of the driver's defaults to half of `timeout`, unless the URI sets it, so that a
/// silent server holds a thread hardly longer than a caller waits. Writes default to w=majority.
/// Errors: those of the call; busy (the pool's queue is full, or all connections are in use), unavailable, timed_out,
/// canceled (closed, or by the caller). Of the latter two the detail says whether the outcome is unknown. The
/// constructor throws startup_error for a URI that can't be used; it connects to nothing by itself.
/// Thread safety: call() on any worker; a call resumes on the worker that made it.
/// Lifetime: is closed before it is destroyed, unless no call is under way; the pool outlives it. The destructor of a
/// client that was not closed waits for the driver only a moment; a thread that is still in the driver is left behind.
class client final : public pressure {
 public:
  client(const options& configured, blocking_pool& pool, listener tell, preparation prepare);
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client();

  /// Runs f(connection&), which returns result<T>, for any T. An exception out of it becomes `unavailable`.
  template <class F>
  auto call(F f, connection::time_point until = connection::time_point::max())
      -> task<std::invoke_result_t<F&, connection&>>;

  /// For the start, before workers run: waits until the deployment is up, or, if not `patient`, is known not to be, for
  /// at most the timeout. Returns why it is not up, or ""; give_up(), asked again and again, ends the wait.
  std::string wait_up(bool patient, const std::function<bool()>& give_up);

  /// As many calls wait for a connection as have one, or for a thread: for http::route_group::needs().
  bool full() const noexcept override;

  /// The URI without its secrets.
  const std::string& server() const noexcept;
  /// For trace::database_call(). It has a server where the URI names one alone.
  const trace::database_address& traced_as() const noexcept;

  /// Refuses new calls, awaits those under way, then ends the sessions and closes the connections, on a thread of its
  /// own: no server sees a command of a call that began after close() did. Throws operation_aborted if it is cancelled
  /// before that, timed_out if the server was silent for as long as the driver waits.
  asio::awaitable<void> close();
  /// "2 operations", "sessions to end", or "".
  std::string waiting_for() const;
  /// After close(): what was left out of it, "endSessions: the server was down", or "".
  std::string omitted() const;

 private:
  struct parts;
  using work = std::function<void(connection&)>;

  task<result<void>> run(work job, connection::time_point until);

  std::unique_ptr<parts> parts_;
};

template <class F>
auto client::call(F f, connection::time_point until) -> task<std::invoke_result_t<F&, connection&>> {
  using outcome = std::invoke_result_t<F&, connection&>;
  static_assert(detail::is_result<outcome>, "a call to MongoDB returns result<T>: its value, or the error");
  const auto shared = std::make_shared<detail::shared_call<F, outcome>>(std::move(f));
  work job = [shared](connection& lease) { shared->answer.emplace(shared->function(lease)); };
  const result<void> done = co_await run(std::move(job), until);
  if (!done) co_return done.error();
  co_return std::move(*shared->answer);
}

}  // namespace sundown::mongodb
