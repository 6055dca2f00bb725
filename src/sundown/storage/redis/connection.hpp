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

/// One TCP connection to Redis, from looking its name up to its end: it never connects again.
///
/// Destroy it when it has ended and no exchange is under way. Thread safety: none; all on the context's one thread.
class connection {
 public:
  struct listener {
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
  bool idle() const noexcept { return under_way_ == 0; }
  bool greeting_refused() const noexcept { return !greeting_refused_.empty(); }
  bool out_of_reach() const noexcept;
  /// The system's resolver has not come back to its thread.
  bool resolver_hangs() const noexcept;
  /// Why it has ended.
  std::string reason() const;

 private:
  using native = boost::redis::basic_connection<asio::io_context::executor_type>;

  void end(boost::system::error_code why);

  const listener events_;
  std::string greeting_refused_;  ///< what the server said to HELLO
  std::size_t greeting_room_;     ///< bytes that its answer may still have
  std::size_t under_way_ = 0;     ///< exchanges that Boost.Redis has
  std::optional<boost::system::error_code> end_;
  native native_;
};

}  // namespace sundown::redis
