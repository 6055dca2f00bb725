#pragma once

#include "http/encryption.hpp"
#include "http/in_place.hpp"
#include "http/worker_io.hpp"

#include <boost/scope/unique_fd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace sundown::http::detail {

using error_code = boost::system::error_code;

/// The bytes of one connection: in and out without waiting, the wait for either, and the ends that TCP knows.
///
/// The seam under the protocols, which see nothing of the socket. Nothing in the clear is virtual or allocates: where
/// bytes are encrypted, each function branches once, and read() and write() say by `blocked` that the wait is next. A
/// connection in the clear has a pointer more for that, and no more.
///
/// Asio's epoll set hears of the socket in its first wait: a client that has asked by the time that it is accepted, and
/// is answered at once, may never need one.
///
/// Thread safety: the worker's thread only. Lifetime: owns the socket, which must be non-blocking.
class transport {
 public:
  enum class status : std::uint8_t {
    done,
    blocked,  ///< the kernel has no bytes, or no room for more
    ended,    ///< the peer has sent its FIN, or close_notify
    broken,
  };
  struct progress {
    std::size_t bytes;
    status how;
  };

  /// Where bytes are encrypted, it begins with handshake().
  transport(boost::scope::unique_fd socket, worker_executor where, const encryption* encrypted = nullptr)
      : socket_(where) {
    if (encrypted) tls_ = encrypted->begin(socket.get());
    fd_ = socket.get();
    socket.release();
  }
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  ~transport() { close(); }

  bool encrypted() const noexcept { return tls_ != nullptr; }
  /// `blocked`: again after wait_readable(). Where it breaks, handshake_fault() says why.
  status handshake() noexcept { return status_of(tls_->handshake()); }
  std::string handshake_fault() const { return tls_->fault(); }
  /// What ALPN has chosen: "http/1.1"; "" in the clear, and where the client offers nothing.
  std::string_view protocol() const noexcept { return tls_ ? tls_->protocol() : std::string_view(); }
  /// By which the client has proved who it is; nullptr if it hasn't.
  const http::client_certificate* client_certificate() { return tls_ ? tls_->peer() : nullptr; }

  /// One recv(2).
  progress read(asio::mutable_buffer into) noexcept {
    if (tls_) [[unlikely]]
      return read_decrypted(into);
    return receive(into, 0);
  }
  /// One send(2), or sendmsg(2) for several buffers, of which it takes as many as buffer_list has.
  template <class Buffers>
  progress write(const Buffers& from) noexcept {
    const auto list = pieces(from);
    return tls_ ? write_encrypted(list) : send(list);
  }

  // Awaitables of a tuple with an error_code, which is set if the socket has failed, or by cancel().
  auto wait_readable() { return socket().async_wait(what_reads_need(), as_result_in_place); }
  auto wait_writable() { return socket().async_wait(what_writes_need(), as_result_in_place); }
  /// A read brings bytes that were taken from the socket with others: waiting for it could take for ever.
  bool holds_input() const noexcept { return tls_ && tls_->holds_input(); }
  // TLS reads may have to write, and the other way round.
  worker_socket::wait_type what_reads_need() const noexcept {
    return tls_ && tls_->read_wants_write() ? worker_socket::wait_write : worker_socket::wait_read;
  }
  worker_socket::wait_type what_writes_need() const noexcept {
    return tls_ && tls_->write_wants_read() ? worker_socket::wait_read : worker_socket::wait_write;
  }
  void cancel() noexcept {
    error_code ignored;
    socket_.cancel(ignored);
  }

  /// Bytes that reads would bring now; of what is encrypted rather too many, but none where there are none.
  std::size_t available() const noexcept;
  /// Bytes that the peer's kernel has not acknowledged, our own FIN counts as one; of a unix socket those that the peer
  /// has not read.
  std::size_t unacknowledged() noexcept;
  /// Of these what the end of this process could still destroy: nothing of a unix socket, which hands over with
  /// write(2).
  std::size_t undelivered() noexcept;
  /// The peer has reset the connection; of a unix socket it has closed it. A FIN is not a reset: its answer is still
  /// owed.
  bool is_reset() noexcept;
  /// The peer's address without its port, also after a reset; an IPv4 one is written as such. Of a unix socket "unix:".
  std::string peer_address();

  /// Says that nothing more comes, where the encryption has words for that. `blocked`: again after wait_writable().
  status say_goodbye() noexcept { return tls_ ? status_of(tls_->close_notify()) : status::done; }
  /// Bytes of the socket, as they are, which stay there.
  progress peek(asio::mutable_buffer into) noexcept { return receive(into, MSG_PEEK); }
  /// Takes bytes that nobody reads off the socket, as they are.
  progress discard(asio::mutable_buffer into) noexcept { return receive(into, 0); }
  /// From now on the client of a unix socket can send nothing more, so that an end comes to what it has sent: what is
  /// unread at close(2) resets the connection, and there a reset is read instead of our FIN, not behind it as by TCP.
  /// False for TCP, which can't be kept from coming.
  bool refuse_input() noexcept;
  /// Sends our FIN; false if the connection is broken.
  bool half_close() noexcept;
  void close() noexcept;
  /// Closes with a RST.
  void reset() noexcept;

  worker_executor executor() noexcept { return socket_.get_executor(); }
  /// For waits, and for Beast's WebSocket, which reads and writes by itself where bytes are not encrypted. Asio hears
  /// of it in the first call; where the kernel refuses that, it is not open, and its waits say so.
  worker_socket& socket() {
    if (!socket_.is_open()) [[unlikely]]
      tell_asio();
    return socket_;
  }

 private:
  static status status_of(secure_channel::status how) noexcept {
    switch (how) {
      case secure_channel::status::done:
        return status::done;
      case secure_channel::status::wants_read:
      case secure_channel::status::wants_write:
        return status::blocked;
      case secure_channel::status::ended:
        return status::ended;
      case secure_channel::status::broken:
        break;
    }
    return status::broken;
  }

  /// What is written at once: as many buffers as the protocols ever have.
  static constexpr std::size_t most_pieces = 4;
  struct buffer_list {
    std::array<asio::const_buffer, most_pieces> all;
    std::size_t count = 0;
  };
  template <class Buffers>
  static buffer_list pieces(const Buffers& from) noexcept {
    buffer_list list;
    for (auto each = asio::buffer_sequence_begin(from);
         each != asio::buffer_sequence_end(from) && list.count < list.all.size(); ++each) {
      const asio::const_buffer piece(*each);
      if (piece.size() != 0) list.all[list.count++] = piece;
    }
    return list;
  }

  progress receive(asio::mutable_buffer into, int flags) noexcept;
  progress send(const buffer_list& from) noexcept;
  progress read_decrypted(asio::mutable_buffer into) noexcept;
  progress write_encrypted(buffer_list from) noexcept;

  void tell_asio();

  worker_socket socket_;  ///< the descriptor as Asio has it, from the first wait on
  int fd_ = -1;
  std::unique_ptr<secure_channel> tls_;
};

}  // namespace sundown::http::detail
