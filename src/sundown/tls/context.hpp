#pragma once

#include "service/tls_provider.hpp"
#include "tls/files.hpp"

#include <sundown/config.hpp>
#include <sundown/error.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace sundown::tls {

using protocols = serving::alpn_protocols;

/// A certificate with its key and all that a handshake goes by. It never changes; a renewal makes another one.
///
/// What is fixed: TLS 1.2 by ECDHE with AES-GCM or ChaCha20 alone, TLS 1.3 with OpenSSL's suites; X25519, P-256, P-384,
/// with ML-KEM where OpenSSL has it; no renegotiation, no compression, no early data. Sessions are resumed by tickets,
/// whose key is the context's own: it is as old as the context, and nobody else has it. Where clients are asked for
/// certificates there are no tickets, so that each connection proves its client anew.
/// Thread safety: any thread.
class context : public std::enable_shared_from_this<context> {
 public:
  using time = std::chrono::system_clock::time_point;

  /// The error is a whole sentence that begins with a key of `section`: "http.tls.key: ...".
  static result<std::shared_ptr<const context>> make(const tls_config& given, const pem_files& files,
                                                     const std::string& section, const protocols& offered);

  context(const context&) = delete;
  context& operator=(const context&) = delete;
  ~context();

  ssl_ctx_st* native() const noexcept { return native_; }
  const std::string& subject() const noexcept { return subject_; }
  /// The first moment at which a certificate of the chain is not good any more.
  time expires() const noexcept { return expires_; }
  time begins() const noexcept { return begins_; }
  /// What is wrong with the dates now, as the end of a sentence; "" if nothing is.
  std::string date_fault(time now) const;

 private:
  explicit context(ssl_ctx_st* native) noexcept : native_(native) {}
  class maker;

  ssl_ctx_st* native_;
  protocols offered_;
  std::string wire_protocols_;  ///< as ALPN has them, each behind its length
  std::string subject_;
  time begins_{}, expires_{};
};

/// Reads the files and makes the context.
result<std::shared_ptr<const context>> load(const tls_config& given, const std::string& section,
                                            const protocols& offered);

/// For the check of a configuration: what is wrong with the files and, if asked, with the dates; "" if nothing is.
std::string fault_of(const tls_config& given, const std::string& section, bool with_dates = true);

/// "2026-11-26 11:24:44 UTC"
std::string date_text(context::time when);

}  // namespace sundown::tls
