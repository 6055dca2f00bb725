// Calls by TLS: whose certificate is taken, and what is said of one that isn't.
#include "http_client/fixture.hpp"

#include "tls/serving_tls.hpp"

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A server with this certificate, signed by an authority, and a client that trusts the authority.
class TlsCalls : public testing::Test {
 protected:
  TlsCalls() {
    certificate_content root("root");
    root.authority = true;
    authority_.emplace(root);
    write_file(ca_file(), authority_->pem());
  }

  std::filesystem::path ca_file() const { return folder_ / "ca.pem"; }
  http_client::settings trusting() const {
    auto how = patient_client();
    how.ca = ca_file().string();
    return how;
  }
  /// What a call to a server with that certificate comes to: "" for an answer.
  std::string outcome(const certificate_content& content, const std::string& host, http_client::settings how) {
    const certificate own(content, &*authority_);
    serving_tls app(
        [](http::router& routes) { routes.get("/", [](const http::request&) { return http::text("hi"); }); });
    app.store().replace(context_of(own, {}, {}, {"http/1.1"}));
    http_calls calls(std::move(how));
    const auto url = "https://" + host + ':' + std::to_string(app.where().port) + '/';
    for (int i = 0; i < 2; ++i) {
      const auto got = calls.get(url);
      if (!got) return got.error().detail;
      if (got->body != "hi") return got->body;
    }
    return calls.client.connections() == 1 ? "" : "more than one connection";
  }

  temp_dir folder_;
  std::optional<certificate> authority_;
};

TEST_F(TlsCalls, TakeACertificateOfATrustedAuthority) {
  EXPECT_EQ(outcome({}, "localhost", trusting()), "");
  EXPECT_EQ(outcome({}, "127.0.0.1", trusting()), "");
}

// Each certificate that must not be taken, with the reason and what to do.
TEST_F(TlsCalls, RefuseEveryOther) {
  EXPECT_THAT(outcome({}, "localhost", patient_client()), HasSubstr("its certificate is refused: "));
  EXPECT_THAT(outcome({}, "localhost", patient_client()), HasSubstr("name a private one in http_client.ca"));
  certificate_content other("other");
  other.names = "DNS:other.example";
  EXPECT_THAT(outcome(other, "localhost", trusting()), HasSubstr("hostname mismatch"));
  EXPECT_THAT(outcome(other, "127.0.0.1", trusting()), HasSubstr("IP address mismatch"));
  certificate_content expired;
  expired.begins = -2h;
  expired.ends = -1h;
  EXPECT_THAT(outcome(expired, "localhost", trusting()), HasSubstr("expired"));
  certificate_content early;
  early.begins = 1h;
  early.ends = 2h;
  EXPECT_THAT(outcome(early, "localhost", trusting()), HasSubstr("not yet valid"));
}

// A server that speaks no TLS, one that ends the handshake, one that says nothing.
TEST_F(TlsCalls, SayWhatIsNoHandshake) {
  const auto said = [&](const scripted_server& server, milliseconds limit = ample) {
    auto how = patient_client();
    how.connect_timeout = limit;
    http_calls calls(how);
    const auto got = calls.get("https://127.0.0.1:" + std::to_string(server.port()) + "/");
    return got ? "" : got.error().detail;
  };
  const scripted_server plain([](peer& client, int) {
    client.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    client.half_close();
    client.wait_end();
  });
  EXPECT_THAT(said(plain), HasSubstr("the URL begins with http://"));
  const scripted_server ends([](peer&, int) {});
  EXPECT_THAT(said(ends), HasSubstr("does it speak TLS there?"));
  const scripted_server silent([](peer& client, int) { client.wait_end(); });
  EXPECT_THAT(said(silent, 1s), HasSubstr("the TLS handshake did not come within 1000 ms"));
}

// A handshake that the network cuts, at whichever byte of the server's: the error says that it was one.
TEST_F(TlsCalls, SayThatAHandshakeWasCut) {
  const certificate own({}, &*authority_);
  serving_tls app([](http::router& routes) { routes.get("/", [](const http::request&) { return http::text("hi"); }); });
  app.store().replace(context_of(own, {}, {}, {"http/1.1"}));
  fault_proxy between(app.where());
  http_calls calls(trusting());
  const auto url = "https://" + between.text() + '/';
  for (const std::size_t at : {0U, 1U, 4U, 5U, 6U, 50U, 127U, 200U, 500U}) {
    between.cut_answer_after(at);
    const auto got = calls.get(url);
    ASSERT_FALSE(got) << "cut at " << at;
    EXPECT_EQ(got.error().code, errc::unavailable);
    EXPECT_THAT(got.error().detail, HasSubstr("TLS")) << "cut at " << at;
  }
  EXPECT_TRUE(calls.get(url));
}

// A file of authorities that isn't one ends the start, with its name and what it must be.
TEST_F(TlsCalls, NeedAFileOfAuthorities) {
  write_file(ca_file(), "nothing");
  try {
    const http_client::client made(trusting());
    FAIL();
  } catch (const startup_error& e) {
    EXPECT_THAT(e.what(), HasSubstr(ca_file().string()));
    EXPECT_THAT(e.what(), HasSubstr("must name a file of certificates in PEM"));
  }
}

}  // namespace
}  // namespace sundown::test
