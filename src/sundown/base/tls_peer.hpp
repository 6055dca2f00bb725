#pragma once

// For clients of TLS: the components that link OpenSSL include it, the core does not.

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/system/error_code.hpp>

#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace sundown::base {

/// The server's certificate must be this host's. A name is told to the server, too (RFC 6066 §3), an address is not.
inline void expect_certificate_of(const std::string& host, SSL* ssl) {
  SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  boost::system::error_code no_address;
  boost::asio::ip::make_address(host, no_address);
  if (no_address) {
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
    SSL_set1_host(ssl, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  }
}

/// What may be mended where a handshake fails, in the words of the client's configuration.
struct handshake_advice {
  const char* private_authority;  ///< where one is named: "name a private one in http_client.ca"
  const char* in_the_clear;       ///< how a server without TLS is spoken to: "the URL begins with http://"
  const char* certificate;        ///< the client's own: "which this client has none of"
};

/// Why a client has no connection by TLS, and what to do.
inline std::string handshake_fault(boost::system::error_code ec, SSL* ssl, const handshake_advice& advice) {
  if (const auto verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK) {
    return std::string("its certificate is refused: ") + X509_verify_cert_error_string(verdict) +
           "; it must be valid, for this host, and of an authority that is trusted: " + advice.private_authority;
  }
  if (ec.category() != boost::asio::error::get_ssl_category())
    return "the server ended the handshake (" + ec.message() + "): does it speak TLS there?";
  switch (ERR_GET_REASON(static_cast<unsigned long>(ec.value()))) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return std::string("what it answers is no TLS: if it speaks none there, ") + advice.in_the_clear;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return ec.message() + ": it must speak TLS 1.2 or newer";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return std::string("it wants a certificate of its client, ") + advice.certificate;
    default:
      return ec.message();
  }
}

}  // namespace sundown::base
