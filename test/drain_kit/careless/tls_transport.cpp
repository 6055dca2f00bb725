#include "drain_kit/careless/transport.hpp"

#include <openssl/ssl.h>

#include <fcntl.h>

#include <cerrno>
#include <stdexcept>
#include <string>

namespace careless {
namespace {

class tls_transport final : public transport {
 public:
  tls_transport(int socket, SSL_CTX* context) : transport(socket), ssl_(SSL_new(context), &SSL_free) {
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
    SSL_set_fd(ssl_.get(), socket);
  }

  bool open(const stop_state& stop) override {
    for (;;) {
      const int done = SSL_accept(ssl_.get());
      if (done == 1) return true;
      if (SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ) return false;
      const bool begun = BIO_number_read(SSL_get_rbio(ssl_.get())) > 0;
      const bool dropped = begun ? stop.fails(fault::drops_handshakes)
                                 : stop.fails(fault::closes_untouched) || stop.fails(fault::closes_idle_at_once);
      if (dropped) return give_up(), false;
      if (!wait(stop, begun)) return finish(stop), false;
    }
  }
  ssize_t read(char* to, std::size_t size) override {
    const int n = SSL_read(ssl_.get(), to, static_cast<int>(size));
    if (n > 0) return n;
    const int why = SSL_get_error(ssl_.get(), n);
    errno = why == SSL_ERROR_WANT_READ ? EAGAIN : ECONNRESET;
    return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
  }
  ssize_t write(std::string_view bytes) override {
    const int n = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (n > 0) return n;
    errno = SSL_get_error(ssl_.get(), n) == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return -1;
  }
  void end(const stop_state& stop) override {
    if (SSL_is_init_finished(ssl_.get()) && !stop.fails(fault::no_close_notify)) SSL_shutdown(ssl_.get());
    transport::end(stop);
  }

 private:
  /// For more of the handshake; false once it has held the stop for too long.
  bool wait(const stop_state& stop, bool begun) const {
    pollfd both[] = {{socket(), POLLIN, 0}, {stop.event(), POLLIN, 0}};
    const bool stopping = stop.stopping();
    const auto limit = stop.left_of(begun || stop.has(fault::keeps_idle) ? patience : idle_grace);
    return ::poll(both, stopping ? 1 : 2, stopping ? static_cast<int>(limit.count()) : -1) > 0;
  }

  const std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
};

class tls_source final : public transport_source {
 public:
  tls_source(const char* certificate, const char* key, std::string_view protocol)
      : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free), protocol_(protocol) {
    SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_certificate_chain_file(context_.get(), certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context_.get(), key, SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error(std::string("no certificate or key in ") + certificate + ", " + key);
    SSL_CTX_set_alpn_select_cb(context_.get(), &choose, &protocol_);
  }
  std::unique_ptr<transport> over(int socket) const override {
    return std::make_unique<tls_transport>(socket, context_.get());
  }

 private:
  static int choose(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void* own) {
    const auto& protocol = *static_cast<const std::string*>(own);
    const std::string_view all(reinterpret_cast<const char*>(offered), offered_size);
    const auto at = all.find(protocol);
    if (at == std::string_view::npos) return SSL_TLSEXT_ERR_NOACK;
    *out = offered + at;
    *size = static_cast<unsigned char>(protocol.size());
    return SSL_TLSEXT_ERR_OK;
  }

  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::string protocol_;
};

}  // namespace

std::unique_ptr<transport_source> tls_transports(const char* certificate, const char* key, std::string_view protocol) {
  return std::make_unique<tls_source>(certificate, key, protocol);
}

}  // namespace careless
