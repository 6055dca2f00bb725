#include "http_client/connection.hpp"

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace sundown::http_client {

namespace {

/// Whose certificate it must be. A name is told to the server, too (RFC 6066 §3), an address is not.
void expect_host(SSL* ssl, const std::string& host) {
  boost::system::error_code no_address;
  asio::ip::make_address(host, no_address);
  if (no_address) {
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
    SSL_set1_host(ssl, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  }
}

std::string fault_text(boost::system::error_code ec, SSL* ssl) {
  if (const auto verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK) {
    return std::string("its certificate is refused: ") + X509_verify_cert_error_string(verdict) +
           "; it must be valid, for this host, and of an authority that is trusted: name a private one in "
           "http_client.ca";
  }
  if (ec.category() != asio::error::get_ssl_category())
    return "the server ended the handshake (" + ec.message() + "): does it speak TLS there?";
  switch (ERR_GET_REASON(static_cast<unsigned long>(ec.value()))) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return "what it answers is no TLS: if it speaks none there, the URL begins with http://";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return ec.message() + ": it must speak TLS 1.2 or newer";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return "it wants a certificate of its client, which this client has none of";
    default:
      return ec.message();
  }
}

}  // namespace

asio::awaitable<std::string> connection::handshake(asio::ssl::context& with, const std::string& host) {
  secure_.emplace(std::move(*plain_), with);
  plain_.reset();
  auto* const ssl = secure_->native_handle();
  expect_host(ssl, host);
  SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  const auto [ec] = co_await secure_->async_handshake(asio::ssl::stream_base::client, as_values);
  co_return ec ? fault_text(ec, ssl) : std::string();
}

asio::awaitable<connection::transferred> connection::read(asio::mutable_buffer into) {
  transferred got;
  if (secure_)
    std::tie(got.ec, got.bytes) = co_await secure_->async_read_some(into, as_values);
  else
    std::tie(got.ec, got.bytes) = co_await plain_->async_read_some(into, as_values);
  co_return got;
}

asio::awaitable<connection::transferred> connection::write(std::vector<asio::const_buffer> all) {
  transferred sent;
  if (secure_)
    std::tie(sent.ec, sent.bytes) = co_await asio::async_write(*secure_, all, as_values);
  else
    std::tie(sent.ec, sent.bytes) = co_await asio::async_write(*plain_, all, as_values);
  co_return sent;
}

bool connection::is_quiet() {
  char byte = 0;
  return ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
}

}  // namespace sundown::http_client
