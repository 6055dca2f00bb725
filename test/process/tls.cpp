// TLS of the real binary: its listeners, its configuration, and clients that people use.
#include "process/open_descriptors.hpp"
#include "process/tls_frames.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Both listeners are named in the ready line, and each serves; without the one in the clear it says so.
TEST(Tls, HasAListenerBesideTheOther) {
  const pair_on_disk pair;
  running both(with(pair.of_http()));
  EXPECT_EQ(ask(both.http(), get("/hello")).status, 200);
  EXPECT_EQ(ask_by_tls(both.https(), get("/hello")).body, "Hello, World!");
  both.signal(SIGTERM);
  expect_exit(both, 0, promptly);

  running alone(with(pair.of_http({{"SUNDOWN_HTTP__PLAIN", "false"}})));
  EXPECT_EQ(alone.http().port, 0);
  EXPECT_EQ(ask_by_tls(alone.https(), get("/hello")).status, 200);
}

// The admin listener speaks TLS instead, and the health check with it.
TEST(Tls, OfTheAdminListenerIsInsteadOfTheClear) {
  const pair_on_disk pair;
  running app(with(pair.of_admin()));
  EXPECT_EQ(ask_by_tls(app.admin(), get("/ready")).status, 200);
  EXPECT_NE(ask(app.admin(), get("/ready")).status, 200);
  auto options = with(pair.of_admin({{"SUNDOWN_ADMIN__PORT", std::to_string(app.admin().port)}}));
  options.arguments = {"healthcheck"};
  const auto got = run_to_end(options);
  EXPECT_EQ(got.code, 0) << got.err;
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
  EXPECT_THAT(run_to_end(options).err, HasSubstr("unhealthy: https://127.0.0.1:"));
}

// A faulty pair is told by the check of the configuration and by a start, in one line that names the key and the file.
TEST(Tls, FaultsAreToldBeforeTheStart) {
  pair_on_disk pair;
  write_file(pair.key(), certificate().key_pem());
  for (const bool check : {true, false}) {
    auto options = with(pair.of_http());
    if (check) options.arguments = {"--check-config"};
    const auto got = run_to_end(options);
    EXPECT_EQ(got.code, 2);
    EXPECT_THAT(got.err,
                HasSubstr("http.tls.key: '" + pair.key() + "' does not belong to the certificate in '" + pair.crt()));
  }
  auto nowhere = pair.of_http();
  nowhere["SUNDOWN_HTTP__TLS__KEY"] = pair.key() + ".gone";
  auto missing = with(nowhere);
  missing.arguments = {"--check-config"};
  EXPECT_THAT(run_to_end(missing).err,
              HasSubstr("http.tls.key: cannot read '" + pair.key() + ".gone': No such file or directory"));
  certificate_content old;
  old.begins = -2h;
  old.ends = -1h;
  pair.put(certificate(old));
  auto options = with(pair.of_http());
  options.arguments = {"--check-config"};
  EXPECT_THAT(run_to_end(options).err, HasSubstr("has expired: it was good until"));
  running app(with(pair.of_http()));  // better than none
  EXPECT_TRUE(app.process().out().wait_for("the certificate has expired"));
}

// Keys that are of no use without another one are told by name.
TEST(Tls, KeysThatNeedOthersAreTold) {
  const auto faults = [](settings given) {
    auto options = with(std::move(given));
    options.arguments = {"--check-config"};
    return run_to_end(options).err;
  };
  EXPECT_THAT(faults({{"SUNDOWN_HTTP__TLS__CERTIFICATE", "a"}}), HasSubstr("http.tls.key is not set"));
  EXPECT_THAT(faults({{"SUNDOWN_ADMIN__TLS__KEY", "a"}}),
              HasSubstr("admin.tls.key is set without admin.tls.certificate"));
  EXPECT_THAT(faults({{"SUNDOWN_HTTP__PLAIN", "false"}}),
              HasSubstr("http.plain is false without http.tls.certificate"));
  EXPECT_THAT(faults({{"SUNDOWN_HTTP__TLS__CLIENT_AUTH", "require"}}),
              HasSubstr("http.tls.client_auth is \"require\" without http.tls.client_ca"));
  const pair_on_disk pair;
  EXPECT_THAT(faults(pair.of_http({{"SUNDOWN_HTTP__PORT", "9"}, {"SUNDOWN_HTTP__TLS__PORT", "9"}})),
              HasSubstr("http.port and http.tls.port are both 9"));
}

// curl by either version: requests on one connection, and an upload of a mebibyte.
TEST(Tls, IsSpokenByCurl) {
  const pair_on_disk pair;
  running app(with(pair.of_http()));
  const auto hello = url(app.https(), "/hello");
  temp_dir folder;
  const auto file = (folder / "body").string();
  write_file(file, std::string(1 << 20, 'b'));
  for (const std::string version : {"1.2", "1.3"}) {
    const auto only = "--tlsv" + version + " --tls-max " + version + " ";
    EXPECT_EQ(curl(pair, only + "-w ' %{num_connects} ' " + hello + " " + hello),
              "Hello, World! 1 Hello, World! 0 exit 0\n");
    EXPECT_THAT(curl(pair, only + "--data-binary @" + file + " " + url(app.https(), "/demo/upload")),
                AllOf(HasSubstr("\"length\":1048576"), HasSubstr("exit 0")));
  }
}

// OpenSSL's own client, with the protocol chosen; and what is older than TLS 1.2 is refused by an alert that says so.
TEST(Tls, IsSpokenByOpensslInVersionsOfToday) {
  const pair_on_disk pair;
  running app(with(pair.of_http()));
  const auto s_client = [&](const std::string& arguments) {
    return output(
        "printf 'GET /hello HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' | timeout 20 openssl s_client "
        "-ign_eof -verify_return_error -CAfile " +
        pair.crt() + " -connect 127.0.0.1:" + std::to_string(app.https().port) + " " + arguments);
  };
  EXPECT_THAT(s_client("-alpn http/1.1"), AllOf(HasSubstr("Verify return code: 0 (ok)"),
                                                HasSubstr("ALPN protocol: http/1.1"), HasSubstr("Hello, World!")));
  for (const std::string old : {"-tls1", "-tls1_1"}) {
    EXPECT_THAT(s_client(old + " -cipher ALL:@SECLEVEL=0"),
                AllOf(HasSubstr("alert protocol version"), Not(HasSubstr("Hello"))));
  }
}

// A request in the clear hears what this port speaks.
TEST(Tls, ToldARequestInTheClear) {
  const pair_on_disk pair;
  running app(with(pair.of_http()));
  const auto answer = ask(app.https(), get("/hello"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("https://"));
  EXPECT_TRUE(app.process().out().wait_for("the client speaks HTTP in the clear"));
}

/// Clients with certificates of every kind, and the authority that the good ones are of.
class TlsClients : public testing::Test {
 protected:
  static certificate_content authority_named(const std::string& name) {
    certificate_content content(name);
    content.authority = true;
    return content;
  }
  static certificate_content expired() {
    certificate_content content("billing");
    content.begins = -2h;
    content.ends = -1h;
    return content;
  }

  settings policy(const std::string& name) {
    write_file(pair_.crt() + ".ca", authority_.pem());
    return pair_.of_http(
        {{"SUNDOWN_HTTP__TLS__CLIENT_CA", pair_.crt() + ".ca"}, {"SUNDOWN_HTTP__TLS__CLIENT_AUTH", name}});
  }
  enum class protocol { http1, http2 };

  /// The status that such a client gets; 0: it is refused.
  static int status_for(const endpoint& where, const std::shared_ptr<const certificate>& own,
                        protocol spoken = protocol::http1) {
    tls_client_options how;
    how.own = own;
    if (spoken == protocol::http2) {
      try {
        auto client = frames_over_tls(where, how);
        return client.answer(client.get("/hello")).status;
      } catch (const std::runtime_error&) {
        return 0;
      }
    }
    tls_client client(how);
    EXPECT_EQ(client.connect(where), connecting::connected);
    if (!client.handshake()) return 0;  // by TLS 1.3 the client is done before the server has judged
    client.send(get("/hello"));
    return client.read_response().status;
  }

  const pair_on_disk pair_;
  const certificate authority_{authority_named("Authority")}, stranger_{authority_named("Stranger")};
  const std::shared_ptr<const certificate> none_,
      good_ = std::make_shared<certificate>(certificate_content("billing"), &authority_),
      wrong_ = std::make_shared<certificate>(certificate_content("billing"), &stranger_),
      expired_ = std::make_shared<certificate>(expired(), &authority_);
};

// Nobody is asked: each is served, and is nobody.
TEST_F(TlsClients, AreNotAskedByDefault) {
  running app(with(pair_.of_http()));
  for (const auto& own : {none_, good_, wrong_, expired_}) EXPECT_EQ(status_for(app.https(), own), 200);
  EXPECT_FALSE(app.process().out().contains("\"client\""));
}

// Who is refused is logged in one line with the reason; who is let in by a certificate is in the access log.
// By either protocol.
TEST_F(TlsClients, AreJudgedAndLogged) {
  using asked = std::pair<std::string, protocol>;
  for (const auto& [name, spoken] : {asked{"request", protocol::http1}, asked{"require", protocol::http1},
                                     asked{"request", protocol::http2}, asked{"require", protocol::http2}}) {
    SCOPED_TRACE(name + (spoken == protocol::http2 ? " by HTTP/2" : ""));
    running app(with(policy(name)));
    EXPECT_EQ(status_for(app.https(), none_, spoken), name == "request" ? 200 : 0);
    EXPECT_EQ(status_for(app.https(), good_, spoken), 200);
    EXPECT_EQ(status_for(app.https(), wrong_, spoken), 0);
    EXPECT_EQ(status_for(app.https(), expired_, spoken), 0);
    const auto& out = app.process().out();
    EXPECT_TRUE(app.process().out().wait_for("\"client\":\"CN=billing\""));
    for (const std::string why : {"unable to get local issuer certificate", "certificate has expired"}) {
      const auto line = app.process().out().wait_for("the client's certificate is refused: " + why);
      ASSERT_TRUE(line) << why;
      EXPECT_THAT(*line, AllOf(HasSubstr("handshake failed"), HasSubstr("\"remote\":\"127.0.0.1\"")));
    }
    const auto none = "peer did not return a certificate";
    if (name == "require") {
      EXPECT_TRUE(out.wait_for(none));
    } else {
      EXPECT_FALSE(out.contains(none));
    }
  }
}

// A thousand handshakes that are cut at random bytes leave no descriptor.
TEST(Tls, CutHandshakesLeaveNoDescriptor) {
  const pair_on_disk pair;
  running app(with(pair.of_http()));
  EXPECT_EQ(ask_by_tls(app.https(), get("/hello")).status, 200);
  const auto pid = app.process().pid();
  const auto before = sockets(pid);
  std::minstd_rand random(7);
  for (int i = 0; i < 1000; ++i) {
    const auto hello = tls_client::client_hello();
    auto client = connected(app.https());
    client.send(std::string_view(hello).substr(0, random() % (hello.size() + 1)));
    if (i % 2 == 0) client.reset();
  }
  EXPECT_TRUE(eventually(ample, [&] { return sockets(pid) <= before; })) << sockets(pid) << ", before " << before;
  EXPECT_EQ(ask_by_tls(app.https(), get("/hello")).status, 200);
}

}  // namespace
}  // namespace sundown::test
