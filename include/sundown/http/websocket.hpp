#pragma once

#include <sundown/error.hpp>
#include <sundown/task.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sundown::http {

/// One WebSocket connection (RFC 6455, by Beast), after its handshake.
///
/// In a stop the session closes it with 1001 (going away): read() then fails, and the handler returns.
/// Backpressure: write() returns once the message is in the kernel's buffer.
/// Memory: a message's is the handler's, which gives it back by letting go of it; while it comes, it takes at most
/// twice what has come. One that waits for its peer holds the request's head and little else: 20 kB, measured as the
/// growth of the resident set by 200 of them in a release build, each after the echo of a message of 1 MiB.
/// Lifetime: during the handler that was given it. Thread safety: the handler's worker only.
class websocket {
 public:
  struct message {
    message() = default;
    explicit message(std::string bytes, bool is_text = true) : data(std::move(bytes)), text(is_text) {}

    std::string data;
    bool text = true;
  };

  websocket(const websocket&) = delete;
  websocket& operator=(const websocket&) = delete;
  virtual ~websocket() = default;

  /// The next message, at most http.body_limit bytes (over it: close 1009). An error means that the connection has
  /// ended, whoever ended it: return then.
  virtual task<result<message>> read() = 0;
  virtual task<result<void>> write(std::string_view data, bool text = true) = 0;

  /// What was chosen at the handshake (RFC 6455 §1.9); "" for none.
  virtual std::string_view subprotocol() const noexcept = 0;

 protected:
  websocket() = default;
};

}  // namespace sundown::http
