#pragma once

#include <sundown/error.hpp>
#include <sundown/http/response.hpp>
#include <sundown/task.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sundown::http {

namespace detail {
class body_source;
class stream_sink;
}  // namespace detail

/// A request body that is read piece by piece, never held whole.
/// Lifetime: during the handler that was given it. Thread safety: the handler's worker only.
class body_reader {
 public:
  explicit body_reader(detail::body_source& source) noexcept : source_(source) {}
  body_reader(const body_reader&) = delete;
  body_reader& operator=(const body_reader&) = delete;

  /// The next piece, valid until the next call; empty at the end of the body. An error means that the body will not
  /// come whole (too large, too slow, malformed, connection gone, stop): return then, the session answers as it must.
  task<result<std::string_view>> read();

 private:
  detail::body_source& source_;
};

/// A response that is written piece by piece. Backpressure: write() returns once the piece is in the kernel's buffer,
/// so a slow reader slows the handler down and never grows memory. Lifetime: during the handler that was given it.
/// Thread safety: the handler's worker only.
class response_stream {
 public:
  explicit response_stream(detail::stream_sink& sink) noexcept : sink_(sink) {}
  response_stream(const response_stream&) = delete;
  response_stream& operator=(const response_stream&) = delete;

  /// Instead of a stream: an ordinary response, such as a problem(), sent whole once the handler has returned. Throws
  /// std::logic_error if a stream was started.
  void answer(response whole);

  /// An answer of known length (Content-Length). In a stop it runs to its end like any answer. Here and below: the head
  /// has no body (it is written in pieces) and a status that allows one, else std::logic_error is thrown.
  task<result<void>> start(response head, std::uint64_t length);
  /// An answer of unknown length: chunked, or until the close for HTTP/1.0. In a stop it runs to its end.
  task<result<void>> start(response head);
  /// An endless answer, such as Server-Sent Events. In a stop the handler sees wait() return false or draining(), sends
  /// its last event and returns within shutdown.stream_grace.
  task<result<void>> start_endless(response head);

  /// Fails once the peer is gone, the stream was cut, or (HEAD) nothing more is wanted: return then.
  task<result<void>> write(std::string_view piece);

  /// Waits; false as soon as the stop begins (at once, if it has) or the peer is gone.
  task<bool> wait(std::chrono::milliseconds howlong);

 private:
  detail::stream_sink& sink_;
};

}  // namespace sundown::http
