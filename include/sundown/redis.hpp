#pragma once

#include <sundown/cache.hpp>
#include <sundown/detail/call_gate.hpp>
#include <sundown/detail/pending_answer.hpp>
#include <sundown/error.hpp>
#include <sundown/redis/settings.hpp>
#include <sundown/task.hpp>
#include <sundown/trace/database_address.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sundown {
class service;
}

/// The component sundown::redis: a connection to a Redis server for all of a service, and what stands on it.
///
///     auto& redis = sundown::redis::connect(app, given.redis);   // a part of the service, named in /ready
///     sundown::redis::share_rate_limit(app, redis);              // http.rate_limit counts for all instances
///     auto& front = app.add<sundown::redis::cache>("cache", redis);
namespace sundown::redis {

namespace asio = boost::asio;

/// A command and its arguments, {"SET", "key", "value"}.
using command = std::vector<std::string>;

/// The answer: its values in order, however they are nested; nil is nullopt.
using values = std::vector<std::optional<std::string>>;

/// What may be under way at most; over it: busy.
struct limits {
  std::size_t commands = 1024;
  std::size_t bytes = 32 << 20;  ///< of those commands
};

/// One connection to a Redis server (6 or later), shared by all callers, on a thread of its own.
///
///     result<values> kept = co_await client.execute({"GET", "key"});
///
/// The commands of all callers are pipelined, in the order of the calls. A connection that is lost, or whose server has
/// not answered for a second, is made again after half a second, for as long as it takes; so is one whose server is no
/// use to us (a replica, one that loads its data: the same name may lead to the new primary by then), after up to 4 s.
/// While there is none, commands fail `unavailable` at once: nothing is queued for a server that is away. A server that
/// refuses for another reason (its memory is full, a permission is missing) stays connected, and each command is tried.
/// Limits: a caller waits for `timeout`, then `timed_out`; more than `limits` under way: `busy`; an answer of more than
/// 1 MiB ends the connection, which is then made again. A command that was written can't be taken back: who gives up or
/// times out is released, but the command may be carried out all the same, and it counts as under way until it is
/// answered or its connection is given up.
/// Errors: unavailable (no connection, lost while waiting, an error that Redis answered; detail says what, and repeats
/// nothing that was sent), timed_out, busy, canceled (closed, or the caller was cancelled). The constructor throws
/// startup_error for a malformed URL.
/// Thread safety: execute(), async_execute(), up(), waiting_for() by any thread; on_state(), on_beat(), rehearse()
/// before start().
/// Lifetime: must be closed or abandoned before what its thread calls is destroyed; callers' contexts must outlive
/// close().
class client {
 public:
  using state_function = std::function<void(bool up, const std::string& detail)>;

  explicit client(const settings& server, const limits& most = {});
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client();

  /// Called on the client's thread when the server comes and goes, begins and ceases to refuse something, or does so
  /// for another reason; `up`: it is there and refuses nothing. Must not block. So are those that were given before.
  void on_state(state_function call);
  /// Called on the client's thread when the server has come, and each half second that it is there. Must not block. So
  /// are those that were given before.
  void on_beat(std::function<void()> call);
  /// Commands that stand for what will be asked, and do no harm: tried when the server has come, and while it refuses
  /// something, so that a missing permission shows before it is missed, and its return without traffic.
  void rehearse(const std::vector<command>& harmless);
  /// One that meets an error where nothing is wrong; `expected` is a part of that.
  void rehearse(command harmless, std::string expected);
  /// Begins to connect.
  void start();

  /// Waits (blocking) until the server can be used; the error says why it can't. For start-up only.
  result<void> wait_until_up(std::chrono::milliseconds limit);
  /// The server is there and takes writes, though it may refuse some commands.
  bool up() const noexcept;
  /// "127.0.0.1:6379".
  std::string server() const;
  /// For trace::database_call().
  const trace::database_address& traced_as() const noexcept;

  /// Sends one command.
  task<result<values>> execute(command single);
  /// Sends the commands as one pipeline; completes with result<values> on the caller's executor. An error to one of
  /// them is the error of all, but does not keep Redis from carrying out the others.
  template <class Token>
  auto async_execute(std::vector<command> commands, Token&& token) {
    return asio::async_initiate<Token, void(result<values>)>(
        [this](auto handler, std::vector<command> all) {
          begin(std::move(all), detail::pending_answer<values>::make(std::move(handler), executor()));
        },
        token, std::move(commands));
  }

  /// Refuses new commands, awaits the answers of those under way, sends QUIT, awaits the end of the connection, ends
  /// the thread. Throws operation_aborted if it is cancelled before all that, timed_out if the server is known to be
  /// there and silent, so that nothing was awaited.
  asio::awaitable<void> close();
  /// "2 commands", "QUIT", or "".
  std::string waiting_for() const;
  /// After close(): "QUIT: there was no connection", or "".
  std::string omitted() const;
  /// Ends the thread without awaiting anything, if close() has not: callers under way are never answered. Not from the
  /// client's own thread.
  void abandon();

 private:
  struct core;

  asio::any_io_executor executor();
  void begin(std::vector<command> commands, std::shared_ptr<detail::pending_answer<values>> caller);

  detail::call_gate gate_;
  std::unique_ptr<core> core_;  // after the gate: what is under way in it holds passes
};

/// Makes a client a part of the service: named in /ready (what misses it is degraded, not down), closed by the stop
/// after the parts that are added later, and connecting from when the listeners are bound. Throws startup_error for a
/// URL that can't be read, "" included.
client& connect(service& app, const settings& server, const std::string& name = "redis");

/// The start waits for the server, for two seconds at most, and fails without it: with a startup_error that ends with
/// the advice ("start it, or mend orders.redis.url"). After connect().
void require(service& app, client& server, std::string advice);

/// http.rate_limit counts there, for all instances of the service that use the server; each for itself while it is
/// away.
void share_rate_limit(service& app, client& server);

struct cache_options {
  cache_options() = default;
  explicit cache_options(std::chrono::milliseconds longest) : ttl(longest) {}

  std::string prefix;                       ///< of all keys; "": the program's name and ":cache:"
  std::chrono::milliseconds ttl{60'000};    ///< the longest that a value may be kept
  std::chrono::milliseconds lease{10'000};  ///< how long a miss may be filled
  std::size_t largest = 256 << 10;          ///< of a value; a larger one is neither taken nor read
  std::size_t owed = 10'000;                ///< failed erases that are remembered
};

/// The cache in Redis, shared by all instances of the service that use the same server and prefix.
///
/// Leases: beside a key's value stands a random number while it may be filled. A miss gets it (the first one makes it),
/// put() keeps the value only if it still stands there, and erase() removes both, each in one step of the server: so an
/// erase by any instance voids the leases of all. A lease that expires or is evicted is void too.
///
/// What holds when erasing fails (Redis is away, slow, refuses it, or its answer is lost): this instance doesn't read
/// that key from the cache until erasing it has succeeded, which is tried again when the connection is back and each
/// half second from then on; at more than `owed` such keys it passes the cache by altogether for ttl + lease. Other
/// instances, and this one after a restart, may read the old value for up to ttl + lease, unless it is erased before.
/// While Redis takes no writes from anybody (it is full, it can't save), all instances pass the cache by, since none of
/// them can void what the others read; each of them notices that within half a second. A server that comes back with an
/// old snapshot of its data may bring back an erased value, for what was left of its ttl.
/// Errors: as client. Thread safety and lifetime: as sundown::cache; the client must outlive it and be closed first or
/// abandoned.
class cache : public sundown::cache {
 public:
  /// Tells the client what to rehearse: before it starts.
  explicit cache(client& server, cache_options options = {});
  ~cache() override;

  task<result<lookup>> get(std::string key) override;
  task<result<bool>> put(std::string key, std::string value, std::chrono::milliseconds ttl, fill_lease lease) override;
  task<result<void>> erase(std::string key) override;
  const trace::database_address* traced_as() const noexcept override;

  /// Keys that are still to be erased.
  std::size_t owed() const noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace sundown::redis
