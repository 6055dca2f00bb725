// Clients that prove who they are: what handlers see of it.
#include "tls/serving_tls.hpp"

#include <sundown/http/client_certificate.hpp>

namespace sundown::test {
namespace {

certificate_content authority() {
  certificate_content content("Authority");
  content.authority = true;
  return content;
}

http::response who(const http::request& asked) {
  const auto* const proof = asked.client_certificate();
  return text(proof ? proof->subject + " " + proof->names.at(0) : "nobody");
}

void client_routes(http::router& to) { to.get("/who", who); }

// A handler sees the subject and the names of a client that has proved who it is, and nobody where none has.
TEST(TlsClients, AreKnownToHandlers) {
  const certificate issuer(authority());
  certificate_content content("billing");
  content.names = "DNS:billing.local";
  tls_client_options known;
  known.own = std::make_shared<certificate>(content, &issuer);
  tls_config given;
  given.client_auth = "request";
  serving_tls tls(client_routes, {}, given, issuer.pem());
  EXPECT_EQ(tls.app().ask(get("/who")).body, "nobody");
  EXPECT_EQ(tls.ask(get("/who")).body, "nobody");
  auto client = tls.connect(known);
  for (int i = 0; i < 2; ++i) {
    client.send(get("/who"));
    EXPECT_EQ(client.read_response().body, "CN=billing DNS:billing.local");
  }
}

// Where one is required, a client without it hears an alert before any answer.
TEST(TlsClients, AreRefusedWithoutACertificate) {
  const certificate issuer(authority());
  tls_config given;
  given.client_auth = "require";
  serving_tls tls(client_routes, {}, given, issuer.pem());
  tls_client client;
  ASSERT_EQ(client.connect(tls.where()), connecting::connected);
  client.handshake();  // of TLS 1.3: the client's side is done before the server has judged
  client.send(get("/who"));
  EXPECT_EQ(client.read_response().status, 0);
  EXPECT_TRUE(eventually(ample, [&] { return tls.app().server().figures().handshakes_failed == 1; }));
}

}  // namespace
}  // namespace sundown::test
