#pragma once

#include <sundown/error.hpp>
#include <sundown/redis.hpp>

#include "storage/redis/refusal.hpp"
#include "storage/redis/url.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/redis/connection.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sundown::redis {

/// Bytes of the answers to one exchange, with 32 for each of their values: a server that sends more is left.
inline constexpr std::size_t answer_limit = 1 << 20;

/// What an answer is collected in: all values, and the first error that the server answered.
struct pipeline_reply {
  redis::values values;
  std::string error;
  std::size_t refused = 0;  ///< which command the error answers
  std::size_t room = answer_limit;
};

/// A command that stands for what will be asked, and does no harm.
struct rehearsed_command {
  redis::command command;
  std::string expected;  ///< a part of the error that it may meet where nothing is wrong, "" for none
};

/// Commands that are sent together. `done` is called once, when all of them are answered or nobody will answer them.
struct pipeline {
  explicit pipeline(const std::vector<command>& commands);

  bool refused() const {
    return !reply.error.empty() && (expected.empty() || reply.error.find(expected) == std::string::npos);
  }

  boost::redis::request request;
  std::vector<std::string> names;  ///< of the commands
  std::string expected;            ///< a part of an error that is none
  pipeline_reply reply;
  bool lost = false;  ///< the connection ended first
  std::function<void(result<values>)> done;
};

/// How the server stands to us.
enum class server_standing {
  away,      ///< no connection, or none to a server that works for us
  refusing,  ///< connected, but the server takes no writes for now
  partial,   ///< connected; some commands are refused
  well,
};

/// The one connection to Redis, kept up: connects, greets, checks, and connects again when it is lost.
///
/// One Boost.Redis connection serves one TCP connection and is thrown away with it: what reconnects is this class,
/// which knows by the answer to its greeting when commands may be sent (not before authentication), and checks the
/// server by writes of its own that change nothing, so that none of them can come after QUIT. They are refused when
/// those of our callers would be: a server that turns into a replica, or fills up, is noticed with nobody asking, and
/// so is its recovery. An error that Redis answers, to us or to a caller, is the server's state (see refusal).
/// A command is never cancelled: Boost.Redis would have to give up the connection, and with it everybody's commands.
/// Thread safety: none; everything on the context's one thread. Lifetime: must outlive keep().
class link {
 public:
  link(asio::io_context& context, address where);
  link(const link&) = delete;
  link& operator=(const link&) = delete;

  std::function<void(server_standing now, const std::string& detail)> on_state;
  std::function<void()> on_beat;
  /// What callers will ask, in a harmless form: tried when the server comes, and while it refuses something.
  std::vector<rehearsed_command> rehearsal;

  /// Runs until quit(). Spawn it once.
  asio::awaitable<void> keep();
  /// False, and `done` is not called, while there is no connection.
  bool execute(const std::shared_ptr<pipeline>& what);
  /// No further PING, no further connection: the end is near, and its time limit is somebody else's.
  void stop_checking();
  /// Sends QUIT as the last command, if there is a connection, and ends keep() when it is closed.
  void quit();

  bool up() const noexcept { return up_; }
  /// The server has answered our QUIT.
  bool said_goodbye() const noexcept { return said_goodbye_; }
  /// When the server was last asked there was no answer at all, not even a refusal.
  bool silent() const noexcept { return silent_; }
  const address& where() const noexcept { return where_; }
  /// The system's resolver has not come back to its thread, which the context's destructor would wait for.
  bool resolver_hangs() const noexcept { return resolver_hangs_; }

 private:
  using clock = std::chrono::steady_clock;
  using connection = boost::redis::basic_connection<asio::io_context::executor_type>;

  void open();
  void ended(boost::system::error_code why);
  asio::awaitable<std::string> serve();
  asio::awaitable<std::string> check();
  asio::awaitable<result<void>> rehearse();
  asio::awaitable<void> hang_up();
  asio::awaitable<result<values>> ask(command single, clock::duration limit, std::string expected = {});
  void submit(const std::shared_ptr<pipeline>& what);
  std::string refused(const pipeline& what);
  void tell(server_standing now, const std::string& detail);
  void tell_refusals();
  std::string reason() const;

  /// Waits until the predicate holds, which whoever changes something it looks at has looked at again by changed().
  template <class Predicate>
  asio::awaitable<bool> until(clock::time_point end, Predicate holds);
  void changed() { wake_.cancel(); }

  asio::io_context& context_;
  const address where_;
  asio::steady_timer wake_;
  std::unique_ptr<connection> connection_;
  boost::system::error_code ended_;  ///< why the connection ended, once it isn't running_
  std::string greeting_refused_;     ///< what the server said to HELLO
  std::size_t greeting_room_ = 0;    ///< bytes that its answer may still have
  std::string useless_;              ///< why the server of this connection is none for us
  refusals refusals_;                ///< of the server of this connection
  clock::duration pause_;            ///< before the next connection
  std::size_t under_way_ = 0;        ///< exchanges that Boost.Redis has
  bool running_ = false;             ///< Boost.Redis runs the connection
  bool up_ = false;                  ///< commands may be sent
  bool greeted_ = false;             ///< it has been so on this connection
  bool closing_ = false, quitting_ = false, said_goodbye_ = false, silent_ = false;
  bool resolver_hangs_ = false;
  std::optional<server_standing> told_;
  std::string told_detail_;
};

}  // namespace sundown::redis
