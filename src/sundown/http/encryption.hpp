#pragma once

#include <sundown/http/client_certificate.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// The seam to TLS, which is a component: the core knows these two interfaces, and links nothing that encrypts. A
/// connection in the clear never calls them.
namespace sundown::http {

/// The server's side of TLS on one non-blocking socket, which somebody else owns and waits for.
///
/// Each call does what can be done now. `wants_read` and `wants_write` say what the socket is to be waited for before
/// the same call is made again; a write must then begin with the same bytes.
/// Thread safety: one thread at a time. Lifetime: the socket outlives it.
class secure_channel {
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

  secure_channel() = default;
  secure_channel(const secure_channel&) = delete;
  secure_channel& operator=(const secure_channel&) = delete;
  virtual ~secure_channel() = default;

  /// Until it is done nothing can be read or written. Of a handshake that has failed the peer was sent the alert.
  virtual status handshake() noexcept = 0;
  virtual progress read(void* into, std::size_t size) noexcept = 0;
  /// Encrypts and writes; at most one record of 16 KiB for each turn of its loop, until all is written or it must wait.
  virtual progress write(const void* from, std::size_t size) noexcept = 0;
  /// A read may bring bytes though the socket has none: they were read with others.
  virtual bool holds_input() const noexcept = 0;
  // What a wait for reading, or for writing, has to wait for.
  virtual bool read_wants_write() const noexcept = 0;
  virtual bool write_wants_read() const noexcept = 0;
  /// Sends close_notify once; the peer's is not waited for. Does nothing where a handshake was not done.
  virtual status close_notify() noexcept = 0;

  /// What ALPN has chosen: "h2", "http/1.1"; "" if the client offers nothing. After the handshake.
  virtual std::string_view protocol() const noexcept = 0;
  /// The client's, verified; nullptr without one. Read out at the first call.
  virtual const client_certificate* peer() = 0;
  /// Why the handshake has failed: "no shared cipher", "certificate has expired"; "" if the client is gone.
  virtual std::string fault() const = 0;
};

/// What a listener encrypts with: its certificate as it is now, and what has become of the ones before.
///
/// Thread safety: any thread.
class encryption {
 public:
  encryption() = default;
  encryption(const encryption&) = delete;
  encryption& operator=(const encryption&) = delete;
  virtual ~encryption() = default;

  /// A new connection, which keeps the certificate of now for as long as it stands. Throws std::bad_alloc.
  virtual std::unique_ptr<secure_channel> begin(int socket) const = 0;

  /// The section of the configuration that has its keys: "http.tls".
  virtual const std::string& section() const noexcept = 0;
  /// The first moment at which a certificate of the chain is not good any more.
  virtual std::chrono::system_clock::time_point expires() const = 0;
  // Since the start: how often files that had changed were taken, and how often they were refused.
  virtual std::uint64_t renewed() const noexcept = 0;
  virtual std::uint64_t refused() const noexcept = 0;
};

}  // namespace sundown::http
