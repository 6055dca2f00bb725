#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace sundown::testing {

/// What is in a certificate that a test makes.
struct certificate_content {
  certificate_content() = default;
  explicit certificate_content(std::string name) : common_name(std::move(name)) {}

  std::string common_name = "localhost";
  std::string names = "DNS:localhost,IP:127.0.0.1";  ///< as OpenSSL writes them; "" for none
  bool authority = false;
  bool rsa = false;  ///< instead of EC
  int rsa_bits = 2048;
  std::chrono::seconds begins{-3600}, ends{24 * 3600};  ///< from now
};

/// A certificate with its key, made at run time by OpenSSL.
class certificate {
 public:
  /// Signed by itself, or by an authority.
  explicit certificate(const certificate_content& content = {}, const certificate* issuer = nullptr);

  /// "-----BEGIN CERTIFICATE-----..."
  std::string pem() const;
  /// PKCS#8; encrypted if there is a password.
  std::string key_pem(const std::string& password = {}) const;
  /// "-----BEGIN EC PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----"
  std::string traditional_key_pem(const std::string& password = {}) const;
  std::string der() const;
  std::string key_der() const;
  /// Hexadecimal, upper case.
  std::string serial() const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> x509_;
};

/// Writes a file whole, in place.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace sundown::testing
