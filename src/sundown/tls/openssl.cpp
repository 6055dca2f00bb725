#include "tls/openssl.hpp"

#include <openssl/err.h>

namespace sundown::tls {

std::string take_openssl_error() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return {};
  if (const auto* const reason = ERR_reason_error_string(code)) return reason;
  return "OpenSSL error " + std::to_string(code);
}

std::string name_text(const X509_NAME* name) {
  const openssl_ptr<BIO> out(BIO_new(BIO_s_mem()));
  if (!name || !out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) return {};
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace sundown::tls
