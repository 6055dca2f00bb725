// Redis by TLS, with an authority of our own: what is taken, and what is said of everything else.
#include "storage/redis_watcher.hpp"
#include "support/private_authority.hpp"

#include <filesystem>

namespace sundown::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RedisTls : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = redis_missing(); !missing.empty()) GTEST_SKIP() << missing;
  }
  void serve(const certificate_content& content = {}, std::string client_ca = {}) {
    const auto own = authority.issue(content);
    redis_setup how;
    how.certificate = own.certificate;
    how.key = own.key;
    how.client_ca = std::move(client_ca);
    server.emplace(how);
  }
  redis_setting by_tls(std::string ca, const std::string& host = "localhost") const {
    return {.url = "rediss://" + host + ':' + std::to_string(server->where_by_tls().port),
            .timeout = ample,
            .ca = std::move(ca)};
  }
  /// What a client says of the server, at once or after its time limits.
  static void expect_told(const redis_setting& how, const std::string& expected) {
    watcher one(how);
    one.session.begin();
    EXPECT_TRUE(one.wait_told(expected)) << expected << "\nnot in: " << one.told();
  }

  private_authority authority, stranger;
  std::optional<redis_server> server;
};

// By the name and by the address in the certificate: what is written is read, and the close ends with QUIT.
TEST_F(RedisTls, WorksWithAPrivateAuthority) {
  serve();
  std::size_t closed = 0;
  for (const char* host : {"localhost", "127.0.0.1"}) {
    redis_session session(by_tls(authority.ca(), host));
    session.start();
    ASSERT_TRUE(session.ask({"SET", "key", host}));
    EXPECT_EQ(session.ask({"GET", "key"}).value().front(), host);
    session.close();
    EXPECT_EQ(session.client.omitted(), "");
    EXPECT_EQ(server->calls("quit"), ++closed);
  }
}

// A certificate that must not be taken, with the reason and what to do.
TEST_F(RedisTls, RefusesEveryOtherCertificate) {
  serve();
  expect_told(by_tls(""), "its certificate is refused: unable to get local issuer certificate");
  expect_told(by_tls(""), "a private one is named by the key ca beside the URL");
  expect_told(by_tls(stranger.ca()), "its certificate is refused");
  certificate_content other("other");
  other.names = "DNS:other.example";
  serve(other);
  expect_told(by_tls(authority.ca()), "its certificate is refused: hostname mismatch");
  expect_told(by_tls(authority.ca(), "127.0.0.1"), "IP address mismatch");
  certificate_content old;
  old.ends = -60s;
  serve(old);
  expect_told(by_tls(authority.ca()), "its certificate is refused: certificate has expired");
}

// TLS where there is none, and none where there is: the URL's scheme is what to mend.
TEST_F(RedisTls, TellsTheWrongScheme) {
  serve();
  auto plain = by_tls(authority.ca());
  plain.url = "rediss://localhost:" + std::to_string(server->where().port);
  expect_told(plain, "TLS there");  // it waits for more, or closes
  redis_setting clear{.url = "redis://localhost:" + std::to_string(server->where_by_tls().port)};
  expect_told(clear, "if it speaks TLS there, the URL begins with rediss://");
}

// A server that says nothing to a client's hello is not waited for.
TEST_F(RedisTls, GivesUpASilentHandshake) {
  serve();
  server->freeze();
  expect_told(by_tls(authority.ca()), "the TLS handshake did not come to an end within 1000 ms");
}

// A server that wants to know its clients (the default of Redis) gets a certificate, or it is told that it wants one.
TEST_F(RedisTls, ShowsAClientsCertificate) {
  serve({}, authority.ca());
  expect_told(by_tls(authority.ca()),
              "it wants a certificate of its client, which the keys certificate and key beside the URL name");
  auto known = by_tls(authority.ca());
  const auto own = authority.issue(certificate_content("client"));
  known.certificate = own.certificate;
  known.key = own.key;
  redis_session session(known);
  session.start();
  EXPECT_TRUE(session.ask({"SET", "key", "value"}));
}

// The files are read for each connection: a renewed one counts from the next one on, and one that is missing is told.
TEST_F(RedisTls, ReadsItsFilesAnew) {
  serve();
  const temp_dir folder;
  const auto ca = (folder / "ca.pem").string();
  std::filesystem::copy_file(stranger.ca(), ca);
  watcher one(by_tls(ca));
  one.session.begin();
  ASSERT_TRUE(one.wait_told("its certificate is refused"));
  std::filesystem::remove(ca);
  EXPECT_TRUE(one.wait_told("ca: cannot use '" + ca + "'")) << one.told();
  write_file(ca, authority.pem());
  EXPECT_TRUE(one.wait_well()) << one.told();
}

// A connection by TLS that is lost is made again, like any other.
TEST_F(RedisTls, ComesBack) {
  serve();
  watcher one(by_tls(authority.ca()));
  one.session.start();
  ASSERT_TRUE(one.wait_well());
  server->kill();
  ASSERT_TRUE(one.wait_told(""));
  server->start();
  EXPECT_TRUE(one.wait_well());
  EXPECT_TRUE(one.session.ask({"SET", "key", "value"}));
}

// What no connection could ever be made with is a fault of the configuration, by the names of its keys.
TEST_F(RedisTls, HasFaultsOfItsSettings) {
  const auto own = authority.issue(), other = authority.issue();
  const certificate locked;
  const temp_dir folder;
  const auto locked_key = (folder / "locked.key").string();
  write_file(locked_key, locked.key_pem("s3cret"));
  const auto faults = [](std::string url, std::string ca, std::string cert, std::string key) {
    redis::settings given;
    given.url = std::move(url);
    given.ca = std::move(ca);
    given.certificate = std::move(cert);
    given.key = std::move(key);
    return redis::tls_faults(given, "orders.redis");
  };
  const std::string tls = "rediss://host";
  EXPECT_THAT(faults(tls, authority.ca(), own.certificate, own.key), IsEmpty());
  EXPECT_THAT(faults(tls, "", "", ""), IsEmpty());
  EXPECT_THAT(faults("redis://host", "", "", ""), IsEmpty());
  EXPECT_THAT(faults("", authority.ca(), "", ""), IsEmpty()) << "there is no server";
  EXPECT_THAT(faults("redis://host", authority.ca(), "", ""),
              ElementsAre(HasSubstr("orders.redis.url begins with redis://; make it rediss://")));
  EXPECT_THAT(faults(tls, "/nowhere/ca.pem", "", ""),
              ElementsAre(HasSubstr("orders.redis.ca: cannot use '/nowhere/ca.pem': No such file")));
  EXPECT_THAT(faults(tls, own.key, "", ""), ElementsAre(HasSubstr("it must be a PEM file with the certificates of")));
  EXPECT_THAT(faults(tls, "", own.certificate, ""), ElementsAre(HasSubstr("orders.redis.key: is empty")));
  EXPECT_THAT(faults(tls, "", "", own.key), ElementsAre(HasSubstr("orders.redis.certificate: is empty")));
  EXPECT_THAT(faults(tls, "", own.key, own.key), ElementsAre(HasSubstr("orders.redis.certificate: cannot use")));
  EXPECT_THAT(faults(tls, "", own.certificate, other.key), ElementsAre(HasSubstr("orders.redis.key: cannot use")));
  EXPECT_THAT(faults(tls, "", own.certificate, locked_key), ElementsAre(HasSubstr("which is not encrypted")));
  redis_setting bad{.url = tls, .ca = "/nowhere/ca.pem"};
  EXPECT_THROW(const redis::client made(bad.server()), startup_error);
}

}  // namespace
}  // namespace sundown::test
