#include "wire/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <fstream>
#include <stdexcept>

namespace sundown::testing {

namespace {

template <class Write>
std::string written(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  if (write(out.get()) != 1) throw std::runtime_error("OpenSSL can't write");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  if (!extension || X509_add_ext(certificate, extension, -1) != 1) throw std::runtime_error("no extension " + value);
  X509_EXTENSION_free(extension);
}

const unsigned char* bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

certificate::certificate(const certificate_content& content, const certificate* issuer)
    : key_(content.rsa ? EVP_RSA_gen(static_cast<unsigned>(content.rsa_bits)) : EVP_EC_gen("P-256"), &EVP_PKEY_free),
      x509_(X509_new(), &X509_free) {
  auto* const made = x509_.get();
  if (!key_ || !made) throw std::runtime_error("OpenSSL makes no certificate");
  X509_set_version(made, X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial >> 1 | 1);
  X509_gmtime_adj(X509_getm_notBefore(made), content.begins.count());
  X509_gmtime_adj(X509_getm_notAfter(made), content.ends.count());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8, bytes(content.common_name),
                             static_cast<int>(content.common_name.size()), -1, 0);
  X509* const signer = issuer ? issuer->x509_.get() : made;
  X509_set_issuer_name(made, X509_get_subject_name(signer));
  X509_set_pubkey(made, key_.get());
  extend(made, signer, NID_basic_constraints, content.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (content.authority) extend(made, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(made, signer, NID_subject_key_identifier, "hash");
  if (!content.names.empty()) extend(made, signer, NID_subject_alt_name, content.names);
  if (X509_sign(made, issuer ? issuer->key_.get() : key_.get(), EVP_sha256()) == 0)
    throw std::runtime_error("OpenSSL does not sign");
}

std::string certificate::pem() const {
  return written([&](BIO* out) { return PEM_write_bio_X509(out, x509_.get()); });
}

std::string certificate::key_pem(const std::string& password) const {
  return written([&](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, key_.get(), password.empty() ? nullptr : EVP_aes_256_cbc(),
                                         password.data(), static_cast<int>(password.size()), nullptr, nullptr);
  });
}

std::string certificate::traditional_key_pem(const std::string& password) const {
  return written([&](BIO* out) {
    return PEM_write_bio_PrivateKey_traditional(out, key_.get(), password.empty() ? nullptr : EVP_aes_256_cbc(),
                                                bytes(password), static_cast<int>(password.size()), nullptr, nullptr);
  });
}

std::string certificate::der() const {
  return written([&](BIO* out) { return i2d_X509_bio(out, x509_.get()); });
}

std::string certificate::key_der() const {
  return written([&](BIO* out) { return i2d_PrivateKey_bio(out, key_.get()); });
}

std::string certificate::serial() const {
  auto* const number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509_.get()), nullptr);
  char* const text = BN_bn2hex(number);
  std::string serial = text;
  OPENSSL_free(text);
  BN_free(number);
  return serial;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes << std::flush;
  if (!file) throw std::runtime_error("can't write " + path.string());
}

}  // namespace sundown::testing
