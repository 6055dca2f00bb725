#pragma once

#include "storage/redis/pipeline.hpp"
#include "storage/redis/url.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/redis/connection.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sundown::redis {

/// What became of the TLS handshake and of HELLO, which Boost.Redis tells nobody but its logger.
struct greeting_outcome {
  explicit greeting_outcome(std::size_t limit) : room(limit) {}

  std::optional<boost::system::error_code> handshake;
  std::string refused;  ///< what the server said to HELLO
  std::size_t room;     ///< bytes that its answer may still have
  bool answered = false;
  bool by_a_sentinel = false;
};

/// One TCP connection to Redis, from looking its name up to its end: it never connects again.
///
/// Destroy it when it has ended and no exchange is under way. Thread safety: none; all on the context's one thread.
class connection {
 public:
  struct listener {
    std::function<void()> greeted;  ///< the server has answered HELLO
    std::function<void()> ended;
    std::function<void()> idle;  ///< the last exchange that was under way is over
    /// All of it is answered, or there is an error and nobody will answer it.
    std::function<void(pipeline& exchange, boost::system::error_code fault)> answered;
  };

  /// Begins to connect.
  connection(asio::io_context& context, const address& where, listener events);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void execute(const std::shared_ptr<pipeline>& exchange);
  /// Ends the connection. Boost.Redis misses a cancellation between two steps of connecting: call it again until the
  /// connection has ended.
  void cancel() { native_.cancel(); }
  /// Keeps its descriptor from programs that a handler starts. False if it has none any more.
  bool close_on_exec();

  bool ended() const noexcept { return end_.has_value(); }
  bool greeted() const noexcept { return greeting_.answered; }
  bool idle() const noexcept { return under_way_ == 0; }
  /// Its server is none for us, and the next connection to it would be none either: it refused our greeting, is no
  /// server of data, or no connection by TLS came about.
  bool useless() const noexcept;
  bool out_of_reach() const noexcept;
  /// The system's resolver has not come back to its thread.
  bool resolver_hangs() const noexcept;
  /// Why it has ended.
  std::string reason() const;

 private:
  using native = boost::redis::basic_connection<asio::io_context::executor_type>;

  void end(boost::system::error_code why);
  bool handshake_failed() const noexcept { return greeting_.handshake && *greeting_.handshake; }
  std::string tls_fault(boost::system::error_code why) const;

  const listener events_;
  const bool tls_;
  greeting_outcome greeting_;
  std::string files_fault_;    ///< of TLS
  std::size_t under_way_ = 0;  ///< exchanges that Boost.Redis has
  std::optional<boost::system::error_code> end_;
  native native_;
};

}  // namespace sundown::redis
