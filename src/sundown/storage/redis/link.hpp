#pragma once

#include <sundown/error.hpp>
#include <sundown/redis.hpp>

#include "storage/redis/backoff.hpp"
#include "storage/redis/connection.hpp"
#include "storage/redis/link_state.hpp"
#include "storage/redis/pipeline.hpp"
#include "storage/redis/refusal.hpp"
#include "storage/redis/standing.hpp"
#include "storage/redis/url.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sundown::redis {

/// A command that stands for what will be asked, and does no harm.
struct rehearsed_command {
  redis::command command;
  std::string expected;  ///< a part of the error that it may meet where nothing is wrong, "" for none
};

/// The one connection to Redis, kept up: connects, greets, checks, and connects again when it is lost.
///
/// One Boost.Redis connection serves one TCP connection and is thrown away with it: what reconnects is this class,
/// which knows by the answer to its greeting when commands may be sent (not before authentication), and checks the
/// server by writes of its own that change nothing, so that none of them can come after QUIT. They are refused when
/// those of our callers would be: a server that turns into a replica, or fills up, is noticed with nobody asking, and
/// so is its recovery. An error that Redis answers, to us or to a caller, is the server's state (see refusal).
/// A command is never cancelled: Boost.Redis would have to give up the connection, and with it everybody's commands.
///
/// keep() leads through the states (link_state); the connection's end alone comes in between, and leads to `leaving`.
/// Thread safety: none; everything on the context's one thread. Lifetime: must outlive keep().
class link {
 public:
  link(asio::io_context& context, address where);
  link(const link&) = delete;
  link& operator=(const link&) = delete;

  void on_state(standing_report::listener call) { report_.on_change = std::move(call); }
  std::function<void()> on_beat;
  /// What callers will ask, in a harmless form: tried when the server comes, and while it refuses something.
  std::vector<rehearsed_command> rehearsal;

  /// Runs until quit(). Spawn it once.
  asio::awaitable<void> keep();
  /// False, and `done` is not called, while there is no connection.
  bool execute(const std::shared_ptr<pipeline>& exchange);
  /// No further beat and no further connection: the client closes, and its own time limit holds from here on.
  void stop_checking();
  /// Sends QUIT as the last command, if there is a connection, and ends keep() when it is closed.
  void quit();

  /// The server has answered our QUIT.
  bool said_goodbye() const noexcept { return heard_ == last_word::goodbye; }
  /// When the server was last asked there was no answer at all, not even a refusal.
  bool silent() const noexcept { return heard_ == last_word::none; }
  const address& where() const noexcept { return where_; }
  /// The system's resolver has not come back to its thread, which the context's destructor would wait for.
  bool resolver_hangs() const noexcept { return resolver_hangs_; }

 private:
  using clock = std::chrono::steady_clock;

  enum class closing { none, quiet, quit };                       ///< what the owner has asked for
  enum class last_word { nothing_asked, answer, none, goodbye };  ///< what came when the server was last asked

  void enter(link_state next);
  void open();
  asio::awaitable<std::string> serve();
  asio::awaitable<std::string> greet();
  asio::awaitable<std::string> check();
  asio::awaitable<void> say_goodbye();
  asio::awaitable<std::string> hang_up(std::string why);
  asio::awaitable<result<void>> rehearse();
  asio::awaitable<result<values>> ask(command single, clock::duration limit, std::string expected = {});

  void connection_ended();
  void answered(pipeline& exchange, boost::system::error_code fault);
  std::string refused(const pipeline& exchange);
  void tell_refusals();
  bool is_closing() const noexcept { return closing_ != closing::none; }

  /// Waits until the predicate holds: whoever changes what it looks at calls changed().
  template <class Predicate>
  asio::awaitable<bool> until(clock::time_point end, Predicate holds);
  template <class Predicate>
  asio::awaitable<bool> within(clock::duration limit, Predicate holds);
  void changed() { wake_.cancel(); }

  asio::io_context& context_;
  const address where_;
  asio::steady_timer wake_;
  std::unique_ptr<connection> connection_;
  link_state state_ = link_state::away;
  closing closing_ = closing::none;
  last_word heard_ = last_word::nothing_asked;
  std::string useless_;  ///< why the server of this connection is none for us
  refusals refusals_;    ///< of the server of this connection
  backoff backoff_;
  standing_report report_;
  bool resolver_hangs_ = false;
};

}  // namespace sundown::redis
