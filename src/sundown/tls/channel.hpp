#pragma once

#include "tls/context.hpp"

#include <sundown/tls/client_certificate.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_st;

namespace sundown::tls {

/// The server's side of TLS on one non-blocking socket, which somebody else owns and waits for.
///
/// Each call does what can be done now. `wants_read` and `wants_write` say what the socket is to be waited for before
/// the same call is made again; a write must then begin with the same bytes.
/// Memory: between records OpenSSL holds no buffers.
/// Thread safety: one thread at a time. Lifetime: the socket outlives it.
class channel {
 public:
  enum class status : std::uint8_t {
    done,
    wants_read,
    wants_write,
    ended,   ///< the peer's close_notify, or its FIN
    broken,  ///< the socket, or the protocol; nothing more can be read or written
  };
  struct progress {
    std::size_t bytes;
    status how;
  };

  /// Throws std::bad_alloc.
  channel(const context& made, int socket);
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  ~channel();

  /// Until it is done nothing can be read or written. Of a handshake that has failed the peer was sent the alert.
  status handshake() noexcept;
  progress read(void* into, std::size_t size) noexcept;
  /// Encrypts and writes; at most one record of 16 KiB for each turn of its loop, until all is written or it must wait.
  progress write(const void* from, std::size_t size) noexcept;
  /// A read may bring bytes though the socket has none: they were read with others.
  bool holds_input() const noexcept;
  /// What a wait for reading, or for writing, has to wait for.
  bool read_wants_write() const noexcept { return read_wants_write_; }
  bool write_wants_read() const noexcept { return write_wants_read_; }
  /// Sends close_notify once; the peer's is not waited for. Does nothing where a handshake was not done.
  status close_notify() noexcept;

  bool established() const noexcept { return established_; }
  /// What ALPN has chosen: "h2", "http/1.1"; "" if the client offers nothing. After the handshake.
  std::string_view protocol() const noexcept;
  /// "TLSv1.3"
  std::string_view version() const noexcept;
  /// The client's, verified; nullptr without one. Read out at the first call.
  const client_certificate* peer();
  /// Why the handshake has failed: "no shared cipher", "certificate has expired"; "" if the client is gone.
  std::string fault() const;

 private:
  status status_of(int returned) noexcept;

  const std::shared_ptr<const context> context_;  ///< the handshake looks into it
  ssl_st* native_;
  std::unique_ptr<client_certificate> peer_;
  std::string fault_;
  bool established_ = false;
  bool drained_ = true;  ///< the last read has found the socket empty
  bool read_wants_write_ = false;
  bool write_wants_read_ = false;
  bool broken_ = false;
  bool said_goodbye_ = false;
};

}  // namespace sundown::tls
