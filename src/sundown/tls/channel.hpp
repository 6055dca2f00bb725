#pragma once

#include "http/encryption.hpp"
#include "tls/context.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_st;

namespace sundown::tls {

/// The server's side of TLS by OpenSSL, which holds no buffers between records.
class channel final : public http::secure_channel {
 public:
  /// Throws std::bad_alloc.
  channel(const context& made, int socket);
  ~channel() override;

  status handshake() noexcept override;
  progress read(void* into, std::size_t size) noexcept override;
  progress write(const void* from, std::size_t size) noexcept override;
  bool holds_input() const noexcept override;
  bool read_wants_write() const noexcept override { return read_wants_write_; }
  bool write_wants_read() const noexcept override { return write_wants_read_; }
  status close_notify() noexcept override;

  bool established() const noexcept { return established_; }
  std::string_view protocol() const noexcept override;
  /// "TLSv1.3"
  std::string_view version() const noexcept;
  const http::client_certificate* peer() override;
  std::string fault() const override;

 private:
  status status_of(int returned) noexcept;

  const std::shared_ptr<const context> context_;  ///< the handshake looks into it
  ssl_st* native_;
  std::unique_ptr<http::client_certificate> peer_;
  std::string fault_;
  bool established_ = false;
  bool drained_ = true;  ///< the last read has found the socket empty, or there was none
  bool read_wants_write_ = false;
  bool write_wants_read_ = false;
  bool broken_ = false;
  bool said_goodbye_ = false;
};

}  // namespace sundown::tls
