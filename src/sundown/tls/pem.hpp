#pragma once

#include "tls/openssl.hpp"

#include <sundown/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sundown::tls {

// From PEM (RFC 7468) to OpenSSL's objects. Errors are the end of a sentence that says which file of which key it is.

/// All certificates in their order, at least one.
result<std::vector<openssl_ptr<X509>>> read_certificates(std::string_view pem);

/// The first private key: EC, RSA or Ed25519, in PKCS#8 or the traditional form, encrypted or not. `password_key`: the
/// key of the configuration that has the password.
result<openssl_ptr<EVP_PKEY>> read_private_key(std::string_view pem, const std::string& password,
                                               const std::string& password_key);

}  // namespace sundown::tls
