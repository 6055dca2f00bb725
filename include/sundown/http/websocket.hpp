#pragma once

#include <sundown/error.hpp>
#include <sundown/task.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace sundown::http {

/// One WebSocket connection (RFC 6455, by Beast), after its handshake.
///
/// In a stop the session closes it with 1001 (going away): read() then fails, and the handler returns.
/// Backpressure: write() returns once the message is in the kernel's buffer.
/// Lifetime: during the handler that was given it. Thread safety: the handler's worker only.
class websocket {
 public:
  struct message {
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

 protected:
  websocket() = default;
};

}  // namespace sundown::http
