#pragma once

#include "drain_kit/conversation.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace sundown::testing::drain_kit {

/// What all clients of a run speak.
class protocol {
 public:
  /// Whether this program was built with it.
  static bool has_http2();
  static bool has_tls();

  protocol() = default;
  explicit protocol(bool http2) : http2_(http2) {}
  /// By TLS. `authorities`: PEM, by whom the server's certificate must be issued; empty: by anybody. Throws
  /// std::runtime_error where that is no PEM.
  protocol(bool http2, const std::string& authorities);

  bool http2() const { return http2_; }
  bool tls() const { return context_ != nullptr; }
  /// "HTTP/2 over TLS"
  std::string name() const;
  /// `receive_buffer`: a small one, so that the server soon notices a slow reader; 0: the kernel's.
  std::unique_ptr<conversation> begin(int receive_buffer = 0) const;

 private:
  bool http2_ = false;
  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace sundown::testing::drain_kit
