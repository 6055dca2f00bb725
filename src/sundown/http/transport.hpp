#pragma once

#include "http/in_place.hpp"
#include "http/worker_io.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace sundown::http::detail {

using error_code = boost::system::error_code;

/// The bytes of one connection: in and out without waiting, the wait for either, and the ends that TCP knows.
///
/// The seam under the protocols, which see nothing of the socket. Nothing in it is virtual and nothing allocates: where
/// bytes are encrypted, each function branches once, and read() and write() say by `blocked` that the wait is next.
///
/// Thread safety: the worker's thread only. Lifetime: owns the socket, which is non-blocking from then on.
class transport {
 public:
  enum class status : std::uint8_t {
    done,
    blocked,  ///< the kernel has no bytes, or no room for more
    ended,    ///< the peer has sent its FIN
    broken,
  };
  struct progress {
    std::size_t bytes;
    status how;
  };

  explicit transport(worker_socket socket) noexcept : socket_(std::move(socket)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
  }

  /// One recv(2).
  progress read(asio::mutable_buffer into) noexcept {
    error_code ec;
    const auto bytes = socket_.read_some(into, ec);
    return {bytes, status_of(ec)};
  }
  /// One send(2), or sendmsg(2) for several buffers.
  template <class Buffers>
  progress write(const Buffers& from) noexcept {
    error_code ec;
    const auto bytes = socket_.write_some(from, ec);
    return {bytes, status_of(ec)};
  }

  // Awaitables of a tuple with an error_code, which is set if the socket has failed, or by cancel().
  auto wait_readable() { return socket_.async_wait(worker_socket::wait_read, as_result_in_place); }
  auto wait_writable() { return socket_.async_wait(worker_socket::wait_write, as_result_in_place); }
  void cancel() noexcept {
    error_code ignored;
    socket_.cancel(ignored);
  }

  /// Bytes that a read would bring now.
  std::size_t available() const noexcept {
    error_code ignored;
    return socket_.available(ignored);
  }
  /// Bytes that the peer's kernel has not acknowledged; our own FIN counts as one.
  std::size_t unacknowledged() noexcept;
  /// The peer has reset the connection. A FIN is not a reset: its answer is still owed.
  bool is_reset() noexcept;
  /// The peer's address without its port, also after a reset.
  std::string peer_address();

  /// Sends our FIN; false if the connection is broken.
  bool half_close() noexcept;
  void close() noexcept;
  /// Closes with a RST.
  void reset() noexcept;

  worker_executor executor() noexcept { return socket_.get_executor(); }
  /// For Beast's WebSocket, which reads and writes by itself.
  worker_socket& socket() noexcept { return socket_; }

 private:
  static status status_of(const error_code& ec) noexcept {
    if (!ec) return status::done;
    if (ec == asio::error::would_block) return status::blocked;
    return ec == asio::error::eof ? status::ended : status::broken;
  }

  worker_socket socket_;
};

}  // namespace sundown::http::detail
