// The client's address behind proxies, and the PROXY protocol in front of requests. That the protocols agree is in
// tls/proxies_test.cpp.
#include "http/expect.hpp"
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "http/logged.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace sundown::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Who asks, as the handler sees it.
http::response who(const http::request& asked) {
  std::string all(asked.client());
  return text(all + " by " + std::string(asked.remote()) + ", " + std::string(asked.scheme()) + "://" +
              std::string(asked.host()));
}

void proxy_routes(http::router& to) {
  basic_routes(to);
  to.get("/who", who);
  to.get("/waits", [](const http::request& asked) -> task<http::response> { co_return who(asked); });
  to.post("/who", who);
}

setting trusting(std::vector<std::string> proxies) {
  setting how;
  how.limits.trusted_proxies = std::move(proxies);
  return how;
}

setting behind_proxy_protocol() {
  auto how = trusting({"127.0.0.0/8"});
  how.limits.proxy_protocol = "require";
  return how;
}

const std::string told = "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n";

// What a client says of its way counts if its peer is a trusted proxy, for handlers of each kind, and for each request
// of a connection anew.
TEST(Proxies, SayWhoAsks) {
  serving app(proxy_routes, trusting({"10.0.0.0/8", "127.0.0.1"}));
  auto proxy = app.connect();
  const auto asked = [&](const std::string& path, const std::string& lines) {
    proxy.send(get(path, lines));
    return proxy.read_response().body;
  };
  EXPECT_EQ(asked("/who", ""), "127.0.0.1 by 127.0.0.1, http://sundown.test");
  EXPECT_EQ(asked("/who", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a.example\r\n"),
            "192.0.2.1 by 127.0.0.1, https://a.example");
  EXPECT_EQ(asked("/waits", "Forwarded: for=\"[2001:db8::7]:80\";proto=https;host=a.example, for=10.0.0.2\r\n"),
            "2001:db8::7 by 127.0.0.1, https://a.example");
  EXPECT_EQ(asked("/who", "X-Forwarded-For: 192.0.2.2, junk\r\n"), "127.0.0.1 by 127.0.0.1, http://sundown.test");
  EXPECT_EQ(asked("/who", "X-Forwarded-For: ::ffff:192.0.2.3\r\n"), "192.0.2.3 by 127.0.0.1, http://sundown.test");
  EXPECT_EQ(asked("/who", ""), "127.0.0.1 by 127.0.0.1, http://sundown.test");
}

// Without a trusted proxy nobody is believed, nor is a peer that is none of them.
TEST(Proxies, AreThoseOfTheConfigurationAlone) {
  const std::string lines =
      "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.1;proto=https\r\nX-Forwarded-Host: evil.example\r\n";
  for (const auto& proxies : {std::vector<std::string>{}, {"10.0.0.0/8", "::/0"}}) {
    serving app(proxy_routes, trusting(proxies));
    EXPECT_EQ(app.ask(get("/who", lines)).body, "127.0.0.1 by 127.0.0.1, http://sundown.test");
  }
}

// An IPv4 client of a dual-stack listener has an IPv4 address, and is trusted by it.
TEST(Proxies, AreTheSameOnADualStackListener) {
  auto how = trusting({"127.0.0.1"});
  how.limits.address = "::";
  try {
    serving app(proxy_routes, how);
    EXPECT_EQ(app.ask(get("/who")).body, "127.0.0.1 by 127.0.0.1, http://sundown.test");
    EXPECT_EQ(app.ask(get("/who", "X-Forwarded-For: 192.0.2.1\r\n")).body,
              "192.0.2.1 by 127.0.0.1, http://sundown.test");
  } catch (const startup_error& e) {
    GTEST_SKIP() << "this machine has no IPv6: " << e.what();
  }
}

// The access log names the client. Of a head that did not come whole nothing is believed: the proxy's own line may be
// what is missing.
TEST(Proxies, GiveTheAccessLogItsClients) {
  logged log;
  {
    auto how = trusting({"127.0.0.1"});
    how.access_log = true;
    serving app(proxy_routes, how);
    EXPECT_EQ(app.ask(get("/who", "X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\n")).status, 200);
    EXPECT_EQ(app.ask(get("/none", "X-Forwarded-For: 192.0.2.2\r\n")).status, 404);
    EXPECT_EQ(app.ask("GET /who HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.3\r\nno field\r\n\r\n").status, 400);
    EXPECT_EQ(app.ask("POST /who HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.4\r\nTransfer-Encoding: chunked\r\n"
                      "\r\nzz\r\n")
                  .status,
              400);
    auto half = app.send("GET /who HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.5\r\n");
    ASSERT_TRUE(app.reaches("head"));
    half.close();
    EXPECT_TRUE(app.reaches("head", 0));
  }
  std::vector<std::string> clients;
  for (const auto& line : log.lines()) {
    const auto from = line.find(" remote=");
    if (from != line.npos) clients.push_back(line.substr(from + 8, line.find(' ', from + 8) - from - 8));
  }
  EXPECT_THAT(clients, ElementsAre("192.0.2.1", "192.0.2.2", "127.0.0.1", "192.0.2.4", "127.0.0.1"));
}

// Of 1,000 requests with whatever fields, on lines and in lists as a client may send them, each followed by what the
// proxy has seen: none is taken for somebody else's.
TEST(Proxies, LetNobodyTakeAnothersAddress) {
  serving app(proxy_routes, trusting({"127.0.0.1"}));
  auto proxy = app.connect();
  const std::string spoofs[] = {"X-Forwarded-For: 203.0.113.9", "x-forwarded-for: 127.0.0.1, 203.0.113.9",
                                "X-Forwarded-For:\t[::1]:80,",  "X-Forwarded-For: \"",
                                "X-Real-IP: 203.0.113.9",       "X-Forwarded-For: 203.0.113.9,,,,127.0.0.1,",
                                "X-Forwarded-For: unknown"};
  std::size_t wrong = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto own = "198.51.100." + std::to_string(i % 250);
    std::string lines;
    for (int n = 0; n <= i % 3; ++n) lines += spoofs[static_cast<std::size_t>(i + n) % std::size(spoofs)] + "\r\n";
    proxy.send(get("/who", lines + "X-Forwarded-For: " + own + "\r\n"));
    wrong += proxy.read_response().body.starts_with(own + " by 127.0.0.1,") ? 0U : 1U;
  }
  EXPECT_EQ(wrong, 0U);
}

// Behind the header of the PROXY protocol the connection is the client's, whatever else it says, and however the bytes
// come: at once, one by one, with the first request or before it.
TEST(ProxyProtocol, SaysWhoseConnectionItIs) {
  serving app(proxy_routes, behind_proxy_protocol());
  const auto request = get("/who", "X-Forwarded-For: 203.0.113.9\r\n");
  const std::string expected = "192.0.2.1 by 127.0.0.1, http://sundown.test";
  EXPECT_EQ(app.ask(told + request).body, expected);
  auto client = app.connect();
  for (const char byte : told + request) ASSERT_EQ(client.send({&byte, 1}), sending::sent);
  EXPECT_EQ(client.read_response().body, expected);
  client.send(request + request);
  EXPECT_EQ(client.read_response().body, expected);
  EXPECT_EQ(client.read_response().body, expected);
  auto early = app.send(told);
  ASSERT_TRUE(app.reaches("fresh"));
  early.send(request);
  EXPECT_EQ(early.read_response().body, expected);
}

// A client that is a trusted proxy itself speaks for others; one whose address the proxy doesn't know is counted as the
// proxy.
TEST(ProxyProtocol, GoesOnAlongTheFields) {
  serving app(proxy_routes, behind_proxy_protocol());
  const auto request = get("/who", "X-Forwarded-For: 203.0.113.9\r\n");
  EXPECT_EQ(app.ask("PROXY TCP4 127.0.0.9 127.0.0.1 1 2\r\n" + request).body,
            "203.0.113.9 by 127.0.0.1, http://sundown.test");
  EXPECT_EQ(app.ask("PROXY UNKNOWN\r\n" + get("/who")).body, "127.0.0.1 by 127.0.0.1, http://sundown.test");
  EXPECT_EQ(app.ask("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n" + get("/who")).body,
            "2001:db8::1 by 127.0.0.1, http://sundown.test");
}

// A connection that doesn't begin with the header ends without an answer, and is counted; so does one that is not from
// a trusted proxy, whatever it begins with. The others go on.
TEST(ProxyProtocol, TurnsAwayWhoeverDoesNotSpeakIt) {
  serving app(proxy_routes, behind_proxy_protocol());
  std::uint64_t refused = 0;
  for (const std::string& wrong :
       {get("/who"), "PROXY TCP4 192.0.2.1\r\n" + get("/who"), "PROXY UNKNOWN" + std::string(200, 'x'),
        std::string("\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0", 16)}) {
    auto client = app.send(wrong);
    EXPECT_EQ(client.read_until_end(), ending::fin);
    EXPECT_EQ(client.received(), "");
    EXPECT_EQ(app.server().figures().proxy_headers_refused, ++refused);
  }
  auto cut = app.send(told.substr(0, 20));
  cut.half_close();
  EXPECT_EQ(cut.read_until_end(), ending::fin);
  EXPECT_EQ(app.server().figures().proxy_headers_refused, ++refused);
  auto silent = app.connect();  // a check of the port
  silent.half_close();
  EXPECT_EQ(silent.read_until_end(), ending::fin);
  EXPECT_EQ(app.server().figures().proxy_headers_refused, refused);
  EXPECT_EQ(app.ask(told + get("/hello")).body, "Hello, World!");

  auto strict = behind_proxy_protocol();
  strict.limits.trusted_proxies = {"10.0.0.0/8"};
  serving elsewhere(proxy_routes, strict);
  auto stranger = elsewhere.send(told + get("/who"));
  EXPECT_EQ(stranger.read_until_end(), ending::fin);
  EXPECT_EQ(stranger.received(), "");
  EXPECT_EQ(elsewhere.server().figures().proxy_headers_refused, 1U);
}

// Where it isn't required, its header is no request.
TEST(ProxyProtocol, IsOffUnlessRequired) {
  serving app(proxy_routes, trusting({"127.0.0.1"}));
  EXPECT_EQ(app.ask(told + get("/who")).status, 400);
}

// The header has the time of a request's head; a stop gives header_grace to the rest of it, and then the request behind
// it is answered.
TEST(ProxyProtocol, HasATimeOfItsOwn) {
  auto how = behind_proxy_protocol();
  how.limits.header_timeout = slack(2s);  // the second client has sent something by then
  serving app(proxy_routes, how);
  auto silent = app.connect(), half = app.send(told.substr(0, 20));
  EXPECT_EQ(silent.read_until_end(), ending::fin);
  EXPECT_EQ(half.read_until_end(), ending::fin);
  EXPECT_EQ(app.server().figures().proxy_headers_refused, 1U);

  auto patient = behind_proxy_protocol();
  patient.plan.header_grace = ample;
  serving stopping(proxy_routes, patient);
  auto client = stopping.send(told.substr(0, 20));
  ASSERT_TRUE(stopping.reaches("handshake"));
  auto end = stopping.begin_stop();
  client.send(told.substr(20) + get("/who"));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.body, "192.0.2.1 by 127.0.0.1, http://sundown.test");
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_TRUE(end.get().did.cut.empty());
}

// A stop waits header_grace for a header that doesn't come, and loses nothing by it.
TEST(ProxyProtocol, HoldsUpNoStop) {
  serving app(proxy_routes, behind_proxy_protocol());
  auto half = app.send(told.substr(0, 20)), silent = app.connect();
  ASSERT_TRUE(app.reaches("handshake", 2));
  const auto done = app.begin_stop().get();
  EXPECT_LE(done.took, soon);
  EXPECT_TRUE(done.did.cut.empty());
}

}  // namespace
}  // namespace sundown::test
