#include "tls/pem.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace sundown::tls {

namespace {

error pem_fault(std::string text) { return {errc::invalid, std::move(text)}; }

openssl_ptr<BIO> reader(std::string_view text) {
  return openssl_ptr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// A block of PEM that OpenSSL can't read, or no block at all.
bool ends_before_a_block() {
  const auto code = ERR_peek_last_error();
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

/// DER begins with a SEQUENCE.
std::string no_block(std::string_view given, const char* wanted, const char* conversion) {
  std::string text = std::string("holds no ") + wanted + " in PEM (\"-----BEGIN ...\")";
  if (given.empty()) return text + ": it is empty";
  if (given.front() == '\x30') return text + ": it looks like DER, which `" + conversion + "` converts";
  return text;
}

struct password_question {
  const std::string& password;
  bool asked = false;
};

extern "C" int sundown_tls_password(char* buffer, int size, int, void* question) {
  auto& asked = *static_cast<password_question*>(question);
  asked.asked = true;
  const auto& password = asked.password;
  if (password.empty() || size < 0 || password.size() > static_cast<std::size_t>(size)) return -1;
  std::copy_n(password.data(), password.size(), buffer);  // without a null: OpenSSL has the length
  return static_cast<int>(password.size());
}

}  // namespace

result<std::vector<openssl_ptr<X509>>> read_certificates(std::string_view pem) {
  ERR_clear_error();
  const auto in = reader(pem);
  std::vector<openssl_ptr<X509>> all;
  while (openssl_ptr<X509> each{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) all.push_back(std::move(each));
  const bool at_end = ends_before_a_block();
  const auto why = take_openssl_error();
  if (!at_end) {
    return pem_fault("can't be read: its certificate " + std::to_string(all.size() + 1) + " is damaged (" + why +
                     "); write the file whole, best under another name that is then renamed");
  }
  if (all.empty()) return pem_fault(no_block(pem, "certificate", "openssl x509 -inform der"));
  return all;
}

result<openssl_ptr<EVP_PKEY>> read_private_key(std::string_view pem, const std::string& password,
                                               const std::string& password_key) {
  ERR_clear_error();
  password_question question{password};
  const auto in = reader(pem);
  openssl_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(in.get(), nullptr, sundown_tls_password, &question));
  const auto why = take_openssl_error();
  if (key) return key;
  if (question.asked && password.empty())
    return pem_fault("is encrypted: set " + password_key + ", or decrypt it (`openssl pkey -in FILE -out FILE`)");
  if (question.asked) return pem_fault("is encrypted, and " + password_key + " does not open it");
  if (pem.find("PRIVATE KEY-----") == pem.npos) {
    if (pem.find("-----BEGIN CERTIFICATE") != pem.npos)
      return pem_fault("holds a certificate and no private key: are the two files exchanged?");
    return pem_fault(no_block(pem, "private key", "openssl pkey -inform der"));
  }
  return pem_fault("can't be read: its private key is damaged, or of a kind that is not known (" + why + ")");
}

}  // namespace sundown::tls
