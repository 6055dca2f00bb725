#include "storage/redis/tls.hpp"

#include <openssl/err.h>

#include <utility>

namespace sundown::redis {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

error unusable(const char* key, const std::string& path, const error_code& why, const char* wanted) {
  return {errc::invalid, std::string(key) + ": cannot use '" + path + "': " + why.message() +
                             "; it must be a PEM file with " + wanted};
}

}  // namespace

result<asio::ssl::context> make_tls_context(const tls_files& files) {
  if (files.certificate.empty() != files.key.empty())
    return error{errc::invalid, std::string(files.key.empty() ? "key" : "certificate") +
                                    ": is empty; certificate and key belong together"};
  asio::ssl::context made(asio::ssl::context::tls_client);
  made.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1 | asio::ssl::context::no_compression);
  error_code ec;
  made.set_default_verify_paths(ec);  // there may be none
  ec.clear();
  if (!files.ca.empty()) made.load_verify_file(files.ca, ec);
  if (ec) return unusable("ca", files.ca, ec, "the certificates of authorities");
  if (files.certificate.empty()) return made;
  made.use_certificate_chain_file(files.certificate, ec);
  if (ec) return unusable("certificate", files.certificate, ec, "the client's certificate and its chain");
  // Without an answer OpenSSL would ask a terminal for the password of a key that is encrypted.
  made.set_password_callback([](std::size_t, asio::ssl::context::password_purpose) { return std::string(); }, ec);
  made.use_private_key_file(files.key, asio::ssl::context::pem, ec);
  if (ec) return unusable("key", files.key, ec, "the private key of the certificate, which is not encrypted");
  return made;
}

}  // namespace sundown::redis
