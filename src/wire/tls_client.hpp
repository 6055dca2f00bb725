#pragma once

#include "wire/certificates.hpp"

#include <sundown/testing/raw_client.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace sundown::testing {

/// How a client of TLS begins.
struct tls_client_options {
  tls_client_options() = default;

  int version = 0;                         ///< the only one: TLS1_2_VERSION
  std::string protocols;                   ///< ALPN, each behind its length: "\x08http/1.1"
  std::shared_ptr<const certificate> own;  ///< by which it proves who it is
  std::string authorities;                 ///< PEM; by whom the server's must be issued; without: by anybody
};

/// What many clients have in common, made once. Throws std::runtime_error where the options are no good.
std::shared_ptr<ssl_ctx_st> tls_context(const tls_client_options& how);

/// raw_client's like over TLS, by OpenSSL: it says and hears what the test wants, within limits. One thread may send
/// while another one reads.
class tls_client {
 public:
  explicit tls_client(const tls_client_options& how = {}) : tls_client(tls_context(how)) {}
  explicit tls_client(std::shared_ptr<ssl_ctx_st> context);
  tls_client(tls_client&&) noexcept;
  tls_client& operator=(tls_client&&) noexcept;
  ~tls_client();

  /// TCP alone; the bytes of TLS are begun by handshake().
  connecting connect(const endpoint& where, milliseconds limit = ample) { return socket_.connect(where, limit); }
  /// Before connect().
  void set_receive_buffer(int bytes) { socket_.set_receive_buffer(bytes); }
  /// Its first word alone; handshake() goes on from there.
  void begin_handshake();
  /// False if the server refuses, or the limit passes.
  bool handshake(milliseconds limit = ample);
  /// What the handshake begins with: the bytes of a ClientHello.
  static std::string client_hello();

  sending send(std::string_view bytes, milliseconds limit = ample);
  reply read_response(milliseconds limit = ample, bool bodiless = false);
  /// `fin` is close_notify and a FIN behind it; a FIN alone is `rst`, since something may have been cut off.
  ending read_until_end(milliseconds limit = ample);
  bool read_until(std::string_view text, milliseconds limit = ample);
  ending read_some(std::size_t most, milliseconds limit = ample);
  std::string& received() { return input_; }

  /// Says close_notify, and sends a FIN.
  void half_close();
  /// The socket below: what is sent there is no TLS.
  raw_client& socket() { return socket_; }
  int handle() const { return socket_.handle(); }

  /// "http/1.1"
  std::string protocol() const;
  std::string version() const;
  /// Of the server's certificate.
  std::string server_serial() const;
  std::string server_name() const;

 private:
  struct free_ssl {
    void operator()(ssl_st* each) const noexcept;
  };

  struct outcome {
    int returned, needs;
  };
  /// An SSL must not be used by two threads at once (openssl-threads(7)).
  template <class Function>
  outcome call(Function function);

  std::shared_ptr<ssl_ctx_st> context_;
  raw_client socket_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
  std::unique_ptr<ssl_st, free_ssl> ssl_;
  bool begun_ = false;
  std::string input_;
};

}  // namespace sundown::testing
