#pragma once

#include <sundown/error.hpp>

#include "storage/blocking/call_gate.hpp"
#include "storage/blocking/pending_answer.hpp"
#include "storage/redis/command.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sundown::storage {

struct redis_options {
  std::string url;                         ///< see redis_url.hpp
  std::chrono::milliseconds timeout{500};  ///< how long a caller waits for an answer
  std::size_t commands = 1024;             ///< under way at most; over it: busy
  std::size_t bytes = 32 << 20;            ///< of those commands; over it: busy
};

/// One connection to a Redis server (6 or later), shared by all callers, on a thread of its own.
///
///     result<redis_values> kept = co_await client.async_execute({{"GET", "key"}}, use_task);
///
/// The commands of all callers are pipelined, in the order of the calls. A connection that is lost, or whose server has
/// not answered for a second, is made again after half a second, for as long as it takes; so is one whose server is no
/// use to us (a replica, one that loads its data: the same name may lead to the new primary by then), after up to 4 s.
/// While there is none, commands fail `unavailable` at once: nothing is queued for a server that is away. A server that
/// refuses for another reason (its memory is full, a permission is missing) stays connected, and each command is tried.
/// Limits: a caller waits for `timeout`, then `timed_out`; more than `commands` or `bytes` under way: `busy`. A command
/// that was written can't be taken back: who gives up or times out is released, but the command may be carried out all
/// the same, and it counts as under way until it is answered or its connection is given up.
/// Errors: unavailable (no connection, lost while waiting, an error that Redis answered; detail says what, and repeats
/// nothing that was sent), timed_out, busy, canceled (closed, or the caller was cancelled). The constructor throws
/// startup_error for a malformed URL.
/// Thread safety: async_execute(), up(), waiting_for() by any thread; on_state(), on_beat(), rehearse() before start().
/// Lifetime: must be closed or abandoned before what its thread calls is destroyed; callers' contexts must outlive
/// close().
class redis_client {
 public:
  using state_function = std::function<void(bool up, const std::string& detail)>;

  explicit redis_client(const redis_options& options);
  redis_client(const redis_client&) = delete;
  redis_client& operator=(const redis_client&) = delete;
  ~redis_client();

  /// Called on the client's thread when the server comes and goes, begins and ceases to refuse something, or does so
  /// for another reason; `up`: it is there and refuses nothing. Must not block.
  void on_state(state_function call);
  /// Called on the client's thread when the server has come, and each half second that it is there. Must not block.
  void on_beat(std::function<void()> call);
  /// Commands that stand for what will be asked, and do no harm: tried when the server has come, and while it refuses
  /// something, so that a missing permission shows before it is missed, and its return without traffic.
  void rehearse(const std::vector<redis_command>& commands);
  /// One that meets an error where nothing is wrong; `expected` is a part of that.
  void rehearse(redis_command command, std::string expected);
  /// Begins to connect.
  void start();

  /// Waits (blocking) until the server can be used; the error says why it can't. For start-up only.
  result<void> wait_until_up(std::chrono::milliseconds limit);
  /// The server is there and takes writes, though it may refuse some commands.
  bool up() const noexcept;
  /// "127.0.0.1:6379".
  std::string server() const;

  /// Sends the commands as one pipeline; completes with result<redis_values> on the caller's executor. An error to one
  /// of them is the error of all, but does not keep Redis from carrying out the others.
  template <class Token>
  auto async_execute(std::vector<redis_command> commands, Token&& token) {
    return asio::async_initiate<Token, void(result<redis_values>)>(
        [this](auto handler, std::vector<redis_command> what) {
          begin(std::move(what), pending_answer<redis_values>::make(std::move(handler), executor()));
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
  void begin(std::vector<redis_command> commands, std::shared_ptr<pending_answer<redis_values>> caller);

  call_gate gate_;
  std::unique_ptr<core> core_;  // after the gate: what is under way in it holds passes
};

}  // namespace sundown::storage
