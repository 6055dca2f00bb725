#include "wire/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <poll.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace sundown::testing {

namespace {

using bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

bio reader(const std::string& text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free}; }

using x509 = std::unique_ptr<X509, decltype(&X509_free)>;

x509 parsed(const std::string& pem) {
  return {PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr), &X509_free};
}

/// The call can go on later; otherwise the connection has ended.
bool is_waiting(int needs) { return needs == SSL_ERROR_WANT_READ || needs == SSL_ERROR_WANT_WRITE; }

/// Waits for what a call needs; false when the limit has passed, or the connection is broken.
bool wait(int handle, int needs, const deadline& end) {
  if (!is_waiting(needs)) return false;
  const auto events = static_cast<short>(needs == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
  for (pollfd one{handle, events, 0}; !end.passed();)
    if (::poll(&one, 1, static_cast<int>(end.left().count())) > 0) return true;
  return false;
}

/// Takes all certificates of a PEM text.
void trust(SSL_CTX* context, const std::string& pem) {
  const auto text = reader(pem);
  int count = 0;
  while (const x509 next{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), &X509_free})
    count += X509_STORE_add_cert(SSL_CTX_get_cert_store(context), next.get());
  if (count == 0) throw std::runtime_error("no certificate in it");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
}

}  // namespace

std::shared_ptr<SSL_CTX> tls_context(const tls_client_options& how) {
  std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  SSL_CTX_set_mode(made.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (how.version != 0) {
    SSL_CTX_set_security_level(made.get(), 0);
    SSL_CTX_set_min_proto_version(made.get(), how.version);
    SSL_CTX_set_max_proto_version(made.get(), how.version);
  }
  if (!how.protocols.empty()) {
    SSL_CTX_set_alpn_protos(made.get(), reinterpret_cast<const unsigned char*>(how.protocols.data()),
                            static_cast<unsigned>(how.protocols.size()));
  }
  if (how.own) {
    SSL_CTX_use_certificate(made.get(), parsed(how.own->pem()).get());
    const auto pem = how.own->key_pem();
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, nullptr, nullptr);
    SSL_CTX_use_PrivateKey(made.get(), key);
    EVP_PKEY_free(key);
  }
  if (!how.authorities.empty()) trust(made.get(), how.authorities);
  return made;
}

void tls_client::free_ssl::operator()(SSL* each) const noexcept { SSL_free(each); }

tls_client::tls_client(std::shared_ptr<SSL_CTX> context) : context_(std::move(context)) {
  std::signal(SIGPIPE, SIG_IGN);
}
tls_client::tls_client(tls_client&&) noexcept = default;
tls_client& tls_client::operator=(tls_client&&) noexcept = default;
tls_client::~tls_client() = default;

template <class Function>
tls_client::outcome tls_client::call(Function function) {
  const std::lock_guard lock(*mutex_);
  ERR_clear_error();
  const int returned = function(ssl_.get());
  return {returned, SSL_get_error(ssl_.get(), returned)};
}

void tls_client::begin_handshake() {
  input_.clear();
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), socket_.handle());
  begun_ = true;
  call([](SSL* ssl) { return SSL_connect(ssl); });
}

bool tls_client::handshake(milliseconds limit) {
  const deadline end(limit);
  if (!begun_) begin_handshake();
  begun_ = false;
  for (;;) {
    const auto [done, needs] = call([](SSL* ssl) { return SSL_connect(ssl); });
    if (done == 1) return true;
    if (!wait(socket_.handle(), needs, end)) return false;
  }
}

std::string tls_client::client_hello() {
  const auto context = tls_context({});
  const std::unique_ptr<SSL, free_ssl> ssl(SSL_new(context.get()));
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_connect(ssl.get());
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(SSL_get_wbio(ssl.get()), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

sending tls_client::send(std::string_view bytes, milliseconds limit) {
  const deadline end(limit);
  while (!bytes.empty()) {
    const auto [sent, needs] =
        call([&](SSL* ssl) { return SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size())); });
    if (sent > 0)
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    else if (!wait(socket_.handle(), needs, end))
      return is_waiting(needs) ? sending::timed_out : sending::reset;
  }
  return sending::sent;
}

ending tls_client::read_some(std::size_t most, milliseconds limit) {
  const deadline end(limit);
  std::array<char, 64 << 10> piece;
  for (;;) {
    const auto [got, needs] =
        call([&](SSL* ssl) { return SSL_read(ssl, piece.data(), static_cast<int>(std::min(most, piece.size()))); });
    if (got > 0) {
      input_.append(piece.data(), static_cast<std::size_t>(got));
      return ending::open;
    }
    if (needs == SSL_ERROR_ZERO_RETURN) return ending::fin;
    if (!wait(socket_.handle(), needs, end)) return is_waiting(needs) ? ending::timed_out : ending::rst;
  }
}

reply tls_client::read_response(milliseconds limit, bool bodiless) {
  const deadline end(limit);
  reply_parser parser(bodiless);
  auto how = ending::open;
  for (;;) {
    parser.feed(input_);
    if (parser.done() || parser.broken() || how != ending::open) break;
    how = read_some(64 << 10, end.left());
    if (how == ending::fin) parser.finish();
  }
  auto answer = parser.take();
  answer.end = how;
  return answer;
}

ending tls_client::read_until_end(milliseconds limit) {
  const deadline end(limit);
  for (;;) {
    const auto how = read_some(64 << 10, end.left());
    if (how == ending::open) continue;
    if (how != ending::fin) return how;
    return socket_.read_until_end(end.left());  // the FIN
  }
}

bool tls_client::read_until(std::string_view text, milliseconds limit) {
  const deadline end(limit);
  while (input_.find(text) == std::string::npos)
    if (read_some(64 << 10, end.left()) != ending::open) return false;
  return true;
}

void tls_client::half_close() {
  call([](SSL* ssl) { return SSL_shutdown(ssl); });
  socket_.half_close();
}

std::string tls_client::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string tls_client::version() const { return SSL_get_version(ssl_.get()); }

std::string tls_client::server_serial() const {
  const auto* const given = SSL_get0_peer_certificate(ssl_.get());
  BIGNUM* const number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(given), nullptr);
  char* const text = BN_bn2hex(number);
  std::string serial = text;
  OPENSSL_free(text);
  BN_free(number);
  return serial;
}

std::string tls_client::server_name() const {
  std::array<char, 200> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(ssl_.get())), NID_commonName, text.data(),
                            static_cast<int>(text.size()));
  return text.data();
}

}  // namespace sundown::testing
