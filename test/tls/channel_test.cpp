#include "tls/channel.hpp"

#include "support/testing.hpp"
#include "tls/context_of.hpp"
#include "wire/certificates.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sundown::test {
namespace {

using status = tls::channel::status;

/// OpenSSL's client on the other end of a pair of sockets. Both sides are non-blocking, and one thread drives them.
class connected {
 public:
  explicit connected(const tls::context& served) {
    std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    server_end.reset(ends[0]);
    client_end.reset(ends[1]);
    server.emplace(served, server_end.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  }

  void offer(const std::string& protocols) {
    SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
  }
  void identify(const certificate& own) {
    const auto pem = own.pem(), key_pem = own.key_pem();
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       &BIO_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> key_in(
        BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())), &BIO_free);
    X509* const x509 = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr);
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_in.get(), nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context.get(), x509);
    SSL_CTX_use_PrivateKey(context.get(), key);
    X509_free(x509);
    EVP_PKEY_free(key);
  }

  /// The server's side of the handshake, to its end.
  status handshake() {
    client.reset(SSL_new(context.get()));
    SSL_set_fd(client.get(), client_end.get());
    SSL_set_connect_state(client.get());
    for (int turns = 0; turns < 100; ++turns) {
      SSL_do_handshake(client.get());
      const auto how = server->handshake();
      if (how == status::done) {
        SSL_do_handshake(client.get());
        return how;
      }
      if (how != status::wants_read && how != status::wants_write) return how;
    }
    return status::wants_read;
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> client{nullptr, &SSL_free};
  unique_fd server_end, client_end;
  std::optional<tls::channel> server;
};

std::string read_all(tls::channel& from) {
  std::string text;
  std::array<char, 1000> piece{};
  for (;;) {
    const auto got = from.read(piece.data(), piece.size());
    if (got.how != status::done) return text;
    text.append(piece.data(), got.bytes);
  }
}

// Bytes go both ways, and the end is said once and waited for by nobody.
TEST(TlsChannel, CarriesBytesBothWays) {
  const auto served = context_of(certificate());
  connected both(*served);
  ASSERT_EQ(both.handshake(), status::done);
  EXPECT_EQ(both.server->version(), "TLSv1.3");
  ASSERT_EQ(SSL_write(both.client.get(), "ping", 4), 4);
  EXPECT_EQ(read_all(*both.server), "ping");
  EXPECT_FALSE(both.server->holds_input());

  const auto sent = both.server->write("pong", 4);
  EXPECT_EQ(sent.bytes, 4U);
  EXPECT_EQ(both.server->close_notify(), status::done);
  EXPECT_EQ(both.server->close_notify(), status::done);
  std::array<char, 10> got{};
  EXPECT_EQ(SSL_read(both.client.get(), got.data(), 10), 4);
  const int end = SSL_read(both.client.get(), got.data(), 10);
  EXPECT_EQ(SSL_get_error(both.client.get(), end), SSL_ERROR_ZERO_RETURN);
}

// What was read from the socket and not yet asked for is known: a wait for the socket would never end.
TEST(TlsChannel, KnowsOfInputThatTheSocketHasNotAnyMore) {
  const auto served = context_of(certificate());
  connected both(*served);
  ASSERT_EQ(both.handshake(), status::done);
  const std::string long_text(10'000, 'x');
  SSL_write(both.client.get(), long_text.data(), static_cast<int>(long_text.size()));
  SSL_write(both.client.get(), "end", 3);
  std::array<char, 1000> piece{};
  ASSERT_EQ(both.server->read(piece.data(), piece.size()).how, status::done);
  std::size_t bytes = piece.size();
  while (both.server->holds_input()) bytes += both.server->read(piece.data(), piece.size()).bytes;
  EXPECT_EQ(bytes, long_text.size() + 3);
}

// So is a request that the client has sent together with the end of its handshake.
TEST(TlsChannel, KnowsOfInputThatCameWithTheHandshake) {
  const auto served = context_of(certificate());
  connected both(*served);
  both.client.reset(SSL_new(both.context.get()));
  SSL_set_fd(both.client.get(), both.client_end.get());
  SSL_set_connect_state(both.client.get());
  SSL_do_handshake(both.client.get());
  ASSERT_EQ(both.server->handshake(), status::wants_read);
  ASSERT_EQ(SSL_do_handshake(both.client.get()), 1);
  ASSERT_EQ(SSL_write(both.client.get(), "early", 5), 5);
  ASSERT_EQ(both.server->handshake(), status::done);
  ASSERT_TRUE(both.server->holds_input());
  EXPECT_EQ(read_all(*both.server), "early");
  EXPECT_FALSE(both.server->holds_input());
}

// A peer that takes nothing blocks a write, which goes on where it was.
TEST(TlsChannel, GoesOnWithAWriteThatHadToWait) {
  const auto served = context_of(certificate());
  connected both(*served);
  ASSERT_EQ(both.handshake(), status::done);
  std::string sent(4 << 20, 'a');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>('a' + i % 23);
  std::size_t written = 0;
  std::string received;
  std::string piece(64 << 10, '\0');
  bool waited = false;
  for (int turns = 0; written < sent.size() && turns < 10'000; ++turns) {
    const auto copy = sent.substr(written);  // elsewhere in memory each time
    const auto step = both.server->write(copy.data(), copy.size());
    written += step.bytes;
    waited = waited || step.how == status::wants_write;
    ASSERT_TRUE(step.how == status::done || step.how == status::wants_write);
    for (int n = 0; (n = SSL_read(both.client.get(), piece.data(), static_cast<int>(piece.size()))) > 0;)
      received.append(piece, 0, static_cast<std::size_t>(n));
  }
  for (int n = 0; (n = SSL_read(both.client.get(), piece.data(), static_cast<int>(piece.size()))) > 0;)
    received.append(piece, 0, static_cast<std::size_t>(n));
  EXPECT_TRUE(waited);
  EXPECT_TRUE(received == sent);
}

// A FIN without close_notify is an end as any other.
TEST(TlsChannel, TakesAFinForTheEnd) {
  const auto served = context_of(certificate());
  connected both(*served);
  ASSERT_EQ(both.handshake(), status::done);
  ::shutdown(both.client_end.get(), SHUT_WR);
  std::array<char, 10> piece{};
  EXPECT_EQ(both.server->read(piece.data(), piece.size()).how, status::ended);
}

// ALPN: the server's order decides, what the client doesn't offer is not chosen, and nothing in common is an alert.
TEST(TlsChannel, ChoosesAProtocol) {
  const certificate own;
  const auto both_protocols = context_of(own, {}, {}, {"h2", "http/1.1"});
  const auto chosen = [](const tls::context& served, const std::string& offered) {
    connected both(served);
    if (!offered.empty()) both.offer(offered);
    if (both.handshake() != status::done) return "refused: " + both.server->fault();
    return std::string(both.server->protocol());
  };
  EXPECT_EQ(chosen(*both_protocols, "\x08http/1.1\x02h2"), "h2");
  EXPECT_EQ(chosen(*both_protocols, "\x08http/1.1"), "http/1.1");
  EXPECT_EQ(chosen(*both_protocols, ""), "");
  EXPECT_EQ(chosen(*context_of(own), "\x02h2"), "refused: no application protocol");
}

// Versions below the least one are refused, and of TLS 1.2 only what is safe is spoken.
TEST(TlsChannel, RefusesOldVersions) {
  const certificate own;
  const auto how = [&](const std::string& minimum, int version, const char* ciphers = nullptr) {
    tls_config given;
    given.minimum = minimum;
    connected both(*context_of(own, given));
    SSL_CTX_set_security_level(both.context.get(), 0);
    SSL_CTX_set_min_proto_version(both.context.get(), version);
    SSL_CTX_set_max_proto_version(both.context.get(), version);
    if (ciphers) SSL_CTX_set_cipher_list(both.context.get(), ciphers);
    return both.handshake();
  };
  EXPECT_EQ(how("1.2", TLS1_1_VERSION), status::broken);
  EXPECT_EQ(how("1.2", TLS1_2_VERSION), status::done);
  EXPECT_EQ(how("1.2", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"), status::broken);
  EXPECT_EQ(how("1.3", TLS1_2_VERSION), status::broken);
  EXPECT_EQ(how("1.3", TLS1_3_VERSION), status::done);
}

/// A private authority, and what it and others have issued.
class TlsClientCertificates : public testing::Test {
 protected:
  static certificate_content authority_named(const std::string& name) {
    certificate_content content(name);
    content.authority = true;
    return content;
  }
  static certificate_content client_named(const std::string& name) {
    certificate_content content(name);
    content.names = "DNS:" + name + ".local,URI:spiffe://example/" + name + ",IP:10.0.0.1,email:a@b.c";
    return content;
  }
  /// "" if it is let in, else why not.
  std::string outcome(const std::string& policy, const certificate* client) {
    tls_config given;
    given.client_auth = policy;
    const auto served = context_of(own_, given, authority_.pem());
    connected both(*served);
    if (client) both.identify(*client);
    if (both.handshake() != status::done) return both.server->fault();
    const auto* const peer = both.server->peer();
    seen_ = peer ? *peer : http::client_certificate();
    return {};
  }

  const certificate own_;
  const certificate authority_{authority_named("Authority")}, stranger_{authority_named("Stranger")};
  http::client_certificate seen_;
};

// Without a certificate, with a wrong one, an expired one, a good one: as configured, and why is said.
TEST_F(TlsClientCertificates, AreJudgedAsConfigured) {
  const certificate good(client_named("billing"), &authority_);
  const certificate wrong(client_named("billing"), &stranger_);
  auto old = client_named("billing");
  old.begins = -2h;
  old.ends = -1h;
  const certificate expired(old, &authority_);

  EXPECT_EQ(outcome("off", &good), "");
  EXPECT_EQ(seen_.subject, "");
  EXPECT_EQ(outcome("request", nullptr), "");
  EXPECT_EQ(seen_.subject, "");
  EXPECT_EQ(outcome("require", nullptr), "peer did not return a certificate");
  for (const char* policy : {"request", "require"}) {
    EXPECT_EQ(outcome(policy, &good), "");
    EXPECT_EQ(seen_.subject, "CN=billing");
    EXPECT_EQ(seen_.issuer, "CN=Authority");
    EXPECT_EQ(seen_.serial, good.serial());
    const std::vector<std::string> names{"DNS:billing.local", "URI:spiffe://example/billing", "IP:10.0.0.1",
                                         "email:a@b.c"};
    EXPECT_EQ(seen_.names, names);
    EXPECT_EQ(outcome(policy, &wrong), "the client's certificate is refused: unable to get local issuer certificate");
    EXPECT_EQ(outcome(policy, &expired), "the client's certificate is refused: certificate has expired");
  }
}

// What is no TLS at all ends the handshake, and says so.
TEST(TlsChannel, RefusesWhatIsNoTls) {
  const auto served = context_of(certificate());
  for (const auto& [bytes, why] : {std::pair{"GET / HTTP/1.1\r\n\r\n", "the client speaks HTTP in the clear"},
                                   std::pair{"SSH-2.0-OpenSSH_9.6\r\n", "wrong version number"}}) {
    connected both(*served);
    ASSERT_GT(::write(both.client_end.get(), bytes, std::strlen(bytes)), 0);
    EXPECT_EQ(both.server->handshake(), status::broken);
    EXPECT_EQ(both.server->fault(), why);
  }
}

}  // namespace
}  // namespace sundown::test
