// TLS of the real binary: its configuration, its renewal under load, and clients that people use.
#include "process/lineage.hpp"
#include "process/listening_socket.hpp"
#include "process/open_descriptors.hpp"
#include "process/outcome.hpp"
#include "process/scenario.hpp"
#include "support/certificates.hpp"
#include "support/tls_client.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <thread>
#include <utility>

namespace sundown::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A pair in a folder of the test, and the settings that name it.
class pair_on_disk {
 public:
  explicit pair_on_disk(const certificate& own = certificate()) { put(own); }

  void put(const certificate& own) {
    for (const auto& [path, bytes] : {std::pair{crt(), own.pem()}, std::pair{key(), own.key_pem()}}) {
      const auto next = path + ".next";
      write_file(next, bytes);
      fs::rename(next, path);
    }
  }
  std::string crt() const { return (folder_ / "tls.crt").string(); }
  std::string key() const { return (folder_ / "tls.key").string(); }
  settings of_http(settings more = {}) const {
    more.insert({{"SUNDOWN_HTTP__TLS__CERTIFICATE", crt()},
                 {"SUNDOWN_HTTP__TLS__KEY", key()},
                 {"SUNDOWN_HTTP__TLS__PORT", "0"}});
    return more;
  }
  settings of_admin(settings more = {}) const {
    more.insert({{"SUNDOWN_ADMIN__TLS__CERTIFICATE", crt()}, {"SUNDOWN_ADMIN__TLS__KEY", key()}});
    return more;
  }

 private:
  temp_dir folder_;
};

/// What a program writes to stdout and stderr, and its exit code behind it.
std::string output(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      ::popen((command + " 2>&1; echo \"exit $?\"").c_str(), "re"), &::pclose);
  std::string text;
  std::array<char, 4096> piece{};
  for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), pipe.get())) > 0;)
    text.append(piece.data(), n);
  return text;
}

tls_client connected_by_tls(const endpoint& where, tls_client_options how = {}) {
  tls_client client(std::move(how));
  if (client.connect(where) != connecting::connected || !client.handshake()) throw std::runtime_error("no handshake");
  return client;
}

reply ask_by_tls(const endpoint& where, std::string_view request) {
  auto client = connected_by_tls(where);
  client.send(request);
  return client.read_response();
}

std::string url(const endpoint& where, const std::string& path) {
  return "https://localhost:" + std::to_string(where.port) + path;
}

/// The exit code of a service that does not start, and what it says.
struct failed_start {
  int code;
  std::string err;
};
failed_start start(service_options options) {
  service app(options);
  const auto end = app.wait_exit();
  if (!end) throw std::runtime_error("it did not exit\n" + app.log());
  app.process().err().wait_end();
  return {end->code, app.process().err().text()};
}

// Both listeners are named in the ready line, and each serves; without the one in the clear it says so.
TEST(Tls, HasAListenerBesideTheOther) {
  const pair_on_disk pair;
  running both(with(pair.of_http()));
  EXPECT_EQ(ask(both.http(), get("/hello")).status, 200);
  EXPECT_EQ(ask_by_tls(both.https(), get("/hello")).body, "Hello, World!");
  both.signal(SIGTERM);
  expect_exit(both, 0, slack(2s));

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
  const auto got = start(options);
  EXPECT_EQ(got.code, 0) << got.err;
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(2s));
  EXPECT_THAT(start(options).err, HasSubstr("unhealthy: https://127.0.0.1:"));
}

// curl and OpenSSL's own client, with the certificate checked.
TEST(Tls, IsSpokenByClientsThatPeopleUse) {
  const certificate own;
  const pair_on_disk pair(own);
  running app(with(pair.of_http()));
  const auto curl = output("curl -sS --max-time 10 --cacert " + pair.crt() + " " + url(app.https(), "/hello"));
  EXPECT_EQ(curl, "Hello, World!exit 0\n");
  const auto old = output("curl -sS --max-time 10 --tls-max 1.1 -k " + url(app.https(), "/hello"));
  EXPECT_THAT(old, Not(HasSubstr("Hello")));
  const auto s_client = output(
      "printf 'GET /hello HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' | timeout 10 openssl s_client "
      "-ign_eof -verify_return_error -CAfile " +
      pair.crt() + " -alpn http/1.1 -connect 127.0.0.1:" + std::to_string(app.https().port));
  EXPECT_THAT(s_client, AllOf(HasSubstr("Verify return code: 0 (ok)"), HasSubstr("ALPN protocol: http/1.1"),
                              HasSubstr("Hello, World!")));
}

// A faulty pair is told by the check of the configuration and by a start, in one line that names the key and the file.
TEST(Tls, FaultsAreToldBeforeTheStart) {
  pair_on_disk pair;
  write_file(pair.key(), certificate().key_pem());
  for (const bool check : {true, false}) {
    auto options = with(pair.of_http());
    if (check) options.arguments = {"--check-config"};
    const auto got = start(options);
    EXPECT_EQ(got.code, 2);
    EXPECT_THAT(got.err,
                HasSubstr("http.tls.key: '" + pair.key() + "' does not belong to the certificate in '" + pair.crt()));
  }
  certificate_content old;
  old.begins = -2h;
  old.ends = -1h;
  pair.put(certificate(old));
  auto options = with(pair.of_http());
  options.arguments = {"--check-config"};
  EXPECT_THAT(start(options).err, HasSubstr("has expired: it was good until"));
  running app(with(pair.of_http()));  // better than none
  EXPECT_TRUE(app.process().out().wait_for("the certificate has expired"));
}

// Keys that are of no use without another one are told by name.
TEST(Tls, KeysThatNeedOthersAreTold) {
  const auto faults = [](settings given) {
    auto options = with(std::move(given));
    options.arguments = {"--check-config"};
    return start(options).err;
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

// A certificate that is renewed a hundred times under load: no request fails, and each new connection sees the new one
// within two seconds. A broken renewal in between changes nothing.
TEST(Tls, RenewalsLoseNothing) {
  pair_on_disk pair;
  running app(with(pair.of_http({{"SUNDOWN_LOG__ACCESS", "false"}})));
  std::atomic<bool> over{false};
  std::atomic<int> losses{0};
  tally answered;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, keeps = i % 2 == 0] {
      while (!over) {
        tls_client client;
        if (client.connect(app.https()) != connecting::connected || !client.handshake()) {
          ++losses;
          continue;
        }
        for (int requests = keeps ? 50 : 1; requests > 0 && !over; --requests) {
          if (client.send(get("/hello")) != sending::sent || !client.read_response().whole()) ++losses;
          answered.add();
          std::this_thread::sleep_for(2ms);
        }
      }
    });
  }
  auto slowest = 0ms;
  for (int i = 0; i < 100; ++i) {
    const certificate next(certificate_content("renewal " + std::to_string(i)));
    if (i % 10 == 5) write_file(pair.crt(), "broken");
    pair.put(next);
    const auto begin = clock::now();
    ASSERT_TRUE(eventually(ample, [&] { return connected_by_tls(app.https()).server_serial() == next.serial(); })) << i;
    slowest = std::max(slowest, between(begin, clock::now()));
  }
  EXPECT_TRUE(answered.wait_for(answered.count() + 20, ample));
  over = true;
  clients.clear();
  EXPECT_EQ(losses, 0);
  EXPECT_LT(slowest, slack(2s));
  RecordProperty("requests", static_cast<int>(answered.count()));
  RecordProperty("slowest_ms", static_cast<int>(slowest.count()));
  EXPECT_THAT(ask(app.admin(), get("/metrics")).body,
              AllOf(HasSubstr("sundown_tls_certificate_reloads_total{listener=\"http.tls\",result=\"renewed\"} 100"),
                    HasSubstr("sundown_tls_certificate_expiry_seconds{listener=\"http.tls\"} ")));
}

// SIGHUP takes other paths, and tells again of a pair that is bad.
TEST(Tls, HangupReadsAnew) {
  const pair_on_disk first;
  const certificate next(certificate_content("next"));
  const pair_on_disk second(next);
  temp_dir folder;
  const auto file = (folder / "service.toml").string();
  const auto write = [&](const pair_on_disk& pair) {
    write_file(file, "[http.tls]\nport = 0\ncertificate = \"" + pair.crt() + "\"\nkey = \"" + pair.key() + "\"\n");
  };
  write(first);
  service_options options;
  options.arguments = {"--config", file};
  running app(options);
  write(second);
  app.signal(SIGHUP);
  EXPECT_TRUE(eventually(ample, [&] { return connected_by_tls(app.https()).server_serial() == next.serial(); }));
  write_file(second.key(), "broken");
  app.signal(SIGHUP);
  EXPECT_TRUE(app.process().out().wait_for("certificate not renewed: the one before stays"));
  EXPECT_EQ(ask_by_tls(app.https(), get("/hello")).status, 200);
}

// Clients' certificates: refused ones are logged with the reason, good ones are in the access log.
TEST(Tls, ClientsCertificatesAreLogged) {
  certificate_content issuer_content("Authority"), client_content("billing");
  issuer_content.authority = true;
  const certificate issuer(issuer_content);
  const pair_on_disk pair;
  write_file(pair.crt() + ".ca", issuer.pem());
  running app(with(pair.of_http(
      {{"SUNDOWN_HTTP__TLS__CLIENT_CA", pair.crt() + ".ca"}, {"SUNDOWN_HTTP__TLS__CLIENT_AUTH", "require"}})));
  tls_client_options good, stranger;
  good.own = std::make_shared<certificate>(client_content, &issuer);
  stranger.own = std::make_shared<certificate>(client_content);
  auto client = connected_by_tls(app.https(), good);
  client.send(get("/hello"));
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_TRUE(app.process().out().wait_for("\"client\":\"CN=billing\""));

  tls_client refused(stranger);
  ASSERT_EQ(refused.connect(app.https()), connecting::connected);
  refused.handshake();
  refused.send(get("/hello"));
  EXPECT_EQ(refused.read_response().status, 0);
  const auto line = app.process().out().wait_for("handshake failed");
  ASSERT_TRUE(line);
  EXPECT_THAT(*line, AllOf(HasSubstr("the client's certificate is refused: self-signed certificate"),
                           HasSubstr("\"remote\":\"127.0.0.1\"")));
}

// The stop: a request over TLS that is under way is answered whole, and the connection ends by close_notify.
TEST(Tls, StopLosesNothing) {
  const pair_on_disk pair;
  running app(with(pair.of_http()));
  const auto request = post("/demo/upload", "held until it is let go", "text/plain");
  auto busy = connected_by_tls(app.https()), idle = connected_by_tls(app.https());
  busy.send(request.substr(0, request.size() - 1));
  idle.send(get("/hello"));
  EXPECT_EQ(idle.read_response().status, 200);
  tls_client silent;
  ASSERT_EQ(silent.connect(app.https()), connecting::connected);
  stop(app, SIGTERM);
  idle.send(get("/hello"));
  EXPECT_TRUE(idle.read_response().says_close());
  EXPECT_EQ(idle.read_until_end(), ending::fin);
  busy.send(request.substr(request.size() - 1));
  const auto answer = busy.read_response();
  EXPECT_EQ(answer.status, 200) << answer.describe();
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(busy.read_until_end(), ending::fin);
  expect_exit(app, 0, slack(4s));
}

// An upgrade hands over the listener of TLS as well, and so does a service manager, under the name "https".
TEST(Tls, ListenerIsHandedOver) {
  const pair_on_disk pair;
  lineage app(with(pair.of_http()));
  const auto https = app.first().https();
  app.upgrade();
  EXPECT_EQ(ask_by_tls(https, get("/hello")).status, 200);
  app.upgrade();
  EXPECT_EQ(ask_by_tls(https, get("/hello")).status, 200);
  app.signal(SIGTERM);
  EXPECT_EQ(app.exit_code(), 0);

  const listening_socket one, two;
  auto options = with(pair.of_http({{"LISTEN_FDNAMES", "https:http"}}));
  options.descriptors = {one.fd(), two.fd()};
  running activated(options);
  EXPECT_EQ(activated.https().port, one.where().port);
  EXPECT_EQ(ask_by_tls(one.where(), get("/hello")).status, 200);
  EXPECT_EQ(ask(two.where(), get("/hello")).status, 200);
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
