#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

/// OpenSSL's objects with an owner. In sources only: no header of another room sees OpenSSL.
namespace sundown::tls {

struct openssl_free {
  void operator()(BIO* each) const noexcept { BIO_free(each); }
  void operator()(EVP_PKEY* each) const noexcept { EVP_PKEY_free(each); }
  void operator()(SSL_CTX* each) const noexcept { SSL_CTX_free(each); }
  void operator()(X509* each) const noexcept { X509_free(each); }
  void operator()(char* each) const noexcept { OPENSSL_free(each); }
};
template <class T>
using openssl_ptr = std::unique_ptr<T, openssl_free>;

/// The oldest error of this thread's queue, which is empty from then on: "no shared cipher". "" if there is none.
std::string take_openssl_error();

/// "CN=example.org,O=Example" (RFC 2253).
std::string name_text(const X509_NAME* name);

}  // namespace sundown::tls
