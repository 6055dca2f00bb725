#include "tls/channel.hpp"

#include "tls/openssl.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <new>
#include <utility>

#include <arpa/inet.h>
#include <sys/socket.h>

namespace sundown::tls {

namespace {

/// What OpenSSL says of a call goes by this thread's queue of errors, where others may have left some.
void forget_errors() noexcept {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

std::string ip_text(const ASN1_OCTET_STRING& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto* const bytes = ASN1_STRING_get0_data(&address);
  const int family = ASN1_STRING_length(&address) == 16 ? AF_INET6 : AF_INET;
  if (family == AF_INET && ASN1_STRING_length(&address) != 4) return {};
  return ::inet_ntop(family, bytes, text.data(), text.size()) ? text.data() : std::string();
}

std::string text_of(const ASN1_STRING* given) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(given)),
          static_cast<std::size_t>(ASN1_STRING_length(given))};
}

/// "DNS:example.org"; "" for kinds that nobody goes by.
std::string alternative_name(const GENERAL_NAME& name) {
  switch (name.type) {
    case GEN_DNS:
      return "DNS:" + text_of(name.d.dNSName);
    case GEN_URI:
      return "URI:" + text_of(name.d.uniformResourceIdentifier);
    case GEN_EMAIL:
      return "email:" + text_of(name.d.rfc822Name);
    case GEN_IPADD:
      return "IP:" + ip_text(*name.d.iPAddress);
    default:
      return {};
  }
}

std::vector<std::string> alternative_names(const X509* certificate) {
  std::vector<std::string> names;
  auto* const all = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    if (auto name = alternative_name(*sk_GENERAL_NAME_value(all, i)); !name.empty()) names.push_back(std::move(name));
  }
  GENERAL_NAMES_free(all);
  return names;
}

/// The handshake has failed since the first bytes were those of a request: for that OpenSSL sends no alert.
bool speaks_http() noexcept {
  const auto code = ERR_peek_error();
  return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST;
}

/// What its client can read. The socket has room: nothing was sent on it.
void tell_of_tls(int socket) noexcept {
  constexpr std::string_view answer =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 39\r\nConnection: close\r\n\r\n"
      "This port speaks TLS: ask by https://.\n";
  [[maybe_unused]] const auto sent = ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
}

std::string serial_text(const X509* certificate) {
  auto* const number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  const openssl_ptr<char> text(number ? BN_bn2hex(number) : nullptr);
  BN_free(number);
  return text ? text.get() : std::string();
}

}  // namespace

channel::channel(const context& made, int socket) : context_(made.shared_from_this()), native_(SSL_new(made.native())) {
  if (!native_ || SSL_set_fd(native_, socket) != 1) {
    SSL_free(native_);
    ERR_clear_error();
    throw std::bad_alloc();
  }
  SSL_set_accept_state(native_);
}

channel::~channel() { SSL_free(native_); }

channel::status channel::status_of(int returned) noexcept {
  switch (SSL_get_error(native_, returned)) {
    case SSL_ERROR_WANT_READ:
      return status::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return status::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return status::ended;
    default:
      broken_ = true;  // SSL_shutdown(3): must not be called then
      return status::broken;
  }
}

channel::status channel::handshake() noexcept {
  forget_errors();
  const int returned = SSL_do_handshake(native_);
  if (returned == 1) {
    established_ = true;
    read_wants_write_ = false;
    drained_ = false;  // a request may have come with the client's last bytes of it
    return status::done;
  }
  const auto how = status_of(returned);
  read_wants_write_ = how == status::wants_write;
  if (how != status::broken) return how;
  const bool in_the_clear = speaks_http();
  if (in_the_clear) tell_of_tls(SSL_get_fd(native_));
  try {
    const auto verdict = SSL_get_verify_result(native_);
    auto why = take_openssl_error();
    if (in_the_clear) why = "the client speaks HTTP in the clear";
    if (verdict != X509_V_OK)
      why = std::string("the client's certificate is refused: ") + X509_verify_cert_error_string(verdict);
    fault_ = std::move(why);
  } catch (...) {  // no memory for the words
    ERR_clear_error();
  }
  return how;
}

channel::progress channel::read(void* into, std::size_t size) noexcept {
  forget_errors();
  std::size_t bytes = 0;
  if (SSL_read_ex(native_, into, size, &bytes) == 1) {
    drained_ = false;
    return {bytes, status::done};
  }
  const auto how = status_of(0);
  drained_ = true;
  read_wants_write_ = how == status::wants_write;
  if (how == status::broken) ERR_clear_error();
  return {0, how};
}

channel::progress channel::write(const void* from, std::size_t size) noexcept {
  forget_errors();
  const auto* const begin = static_cast<const char*>(from);
  std::size_t written = 0;
  while (written < size) {
    std::size_t bytes = 0;
    if (SSL_write_ex(native_, begin + written, size - written, &bytes) != 1) {
      const auto how = status_of(0);
      write_wants_read_ = how == status::wants_read;
      if (how == status::broken) ERR_clear_error();
      return {written, how};
    }
    written += bytes;
  }
  return {written, status::done};
}

bool channel::holds_input() const noexcept { return !drained_ && SSL_has_pending(native_) == 1; }

channel::status channel::close_notify() noexcept {
  if (!established_ || broken_ || said_goodbye_) return status::done;
  forget_errors();
  const int returned = SSL_shutdown(native_);
  if (returned >= 0) {  // 0: the peer has not sent its own, and nobody waits for it
    said_goodbye_ = true;
    return status::done;
  }
  const auto how = status_of(returned);
  if (how != status::broken) return how;
  ERR_clear_error();
  return how;
}

std::string_view channel::protocol() const noexcept {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(native_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string_view channel::version() const noexcept { return SSL_get_version(native_); }

const http::client_certificate* channel::peer() {
  if (peer_ || !established_) return peer_.get();
  const auto* const given = SSL_get0_peer_certificate(native_);
  if (!given || SSL_get_verify_result(native_) != X509_V_OK) return nullptr;
  auto read = std::make_unique<http::client_certificate>();
  read->subject = name_text(X509_get_subject_name(given));
  read->issuer = name_text(X509_get_issuer_name(given));
  read->serial = serial_text(given);
  read->names = alternative_names(given);
  peer_ = std::move(read);
  return peer_.get();
}

std::string channel::fault() const { return fault_; }

}  // namespace sundown::tls
