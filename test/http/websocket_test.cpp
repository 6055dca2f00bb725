// WebSockets: which handshakes are taken, what the 101 says, and what an open one holds.
#include "base/program_name.hpp"
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "http/logged.hpp"

#include <gmock/gmock.h>

#include <malloc.h>

#include <fstream>

namespace sundown::test {
namespace {

using testing::HasSubstr;

constexpr std::string_view wants = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
constexpr std::string_view version = "Sec-WebSocket-Version: 13\r\n";
constexpr std::string_view key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

std::string with(std::initializer_list<std::string_view> fields) {
  std::string all;
  for (const auto one : fields) all += one;
  return get("/websocket", all);
}

/// A masked frame from a client; the mask is zero.
std::string frame(unsigned char opcode, std::string_view data, bool last = true) {
  std::string out(1, static_cast<char>((last ? 0x80 : 0) | opcode));
  if (data.size() < 126) {
    out += static_cast<char>(0x80 | data.size());
  } else {  // the shortest form, as RFC 6455 §5.2 wants it
    const bool large = data.size() > 0xffff;
    out += static_cast<char>(0x80 | (large ? 127 : 126));
    for (int shift = large ? 56 : 8; shift >= 0; shift -= 8) out += static_cast<char>(data.size() >> shift);
  }
  return out.append(4, '\0').append(data);
}

class WebSockets : public testing::Test {
 protected:
  serving app{basic_routes};

  std::uint64_t counted(unsigned status) {
    std::uint64_t sum = 0;
    const auto& known = http::counted_statuses;
    const auto at = static_cast<std::size_t>(std::find(known.begin(), known.end(), status) - known.begin());
    for (const auto& row : app.server().figures().routes) {
      if (row.route == "/websocket") sum += row.by_status.at(at);
    }
    return sum;
  }
  /// Refused like any other request: whole, with an id, counted, and without a reset.
  void refused(const std::string& request, int status) {
    const auto before = counted(static_cast<unsigned>(status));
    auto client = app.send(request);
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, status) << request << answer.describe();
    EXPECT_TRUE(answer.whole()) << request;
    EXPECT_EQ(answer.field("content-type"), "application/problem+json");
    EXPECT_THAT(answer.body, HasSubstr("\"request_id\":\"" + answer.field("x-request-id").value_or("?") + "\""));
    if (status == 426) {
      EXPECT_EQ(answer.field("upgrade"), "websocket");
      EXPECT_THAT(answer.field("connection").value_or(""), HasSubstr("Upgrade"));
      EXPECT_EQ(answer.field("sec-websocket-version"), "13");
    }
    if (answer.says_close()) {
      EXPECT_EQ(client.read_until_end(), ending::fin) << request;
    }
    // Counted once the answer is out: its client may be ahead of that.
    EXPECT_TRUE(eventually(ample, [&] { return counted(static_cast<unsigned>(status)) != before; })) << request;
    EXPECT_EQ(counted(static_cast<unsigned>(status)), before + 1) << request;
  }
  raw_client open(const std::string& request) {
    auto client = app.send(request);
    EXPECT_EQ(client.read_response().status, 101) << request;
    client.send(frame(1, "hi"));
    EXPECT_TRUE(client.read_until({"\x81\x02hi", 4})) << request;
    return client;
  }
};

// Connection and Upgrade are lists: over lines, among others, in any case, and the version and key stand once.
TEST_F(WebSockets, Accepted) {
  open(with({wants, version, key}));
  open(with({"Connection: keep-alive\r\nConnection: uPGRADE\r\nUpgrade: websocket\r\n", version, key}));
  open(with({"Connection: keep-alive, Upgrade\r\nUpgrade: h2c, WebSocket\r\n", version, key}));
  open(with({"Connection: , upgrade ,\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n", version, key}));
  open(with({wants, version, key, "Content-Length: 0\r\n"}));
  open(with({wants, version, key, "Expect: 100-continue\r\n"}));
  open(with({wants, version, "Sec-WebSocket-Key:  AAAAAAAAAAAAAAAAAAAAAA==  \r\n"}));
}

// Who asks for no WebSocket, or for another version, is told what is spoken.
TEST_F(WebSockets, UpgradeRequired) {
  refused(with({}), 426);
  refused(with({"Connection: Upgrade\r\n", version, key}), 426);
  refused(with({"Upgrade: websocket\r\n", version, key}), 426);
  refused(with({"Connection: Upgrade\r\nUpgrade: websockets\r\n", version, key}), 426);
  refused(with({"Connection: Upgrade\r\nUpgrade: websocket/13\r\n", version, key}), 426);
  refused(with({wants, key}), 426);
  for (const auto* other : {"8", "", "013", "13, 8", "13.0"}) {
    refused(with({wants, key, "Sec-WebSocket-Version: " + std::string(other) + "\r\n"}), 426);
  }
  const auto handshake = std::string(wants) + std::string(version) + std::string(key);
  refused("GET /websocket HTTP/1.0\r\nHost: a\r\n" + handshake + "\r\n", 426);
}

// A handshake that is malformed is 400.
TEST_F(WebSockets, MalformedHandshakes) {
  refused(with({wants, version}), 400);
  refused(with({wants, version, key, key}), 400);
  refused(with({wants, version, version, key}), 400);
  for (const auto& bad :
       {std::string(), std::string("short"), std::string("!!!!"), std::string(400, 'A'), std::string(24, 'A'),
        std::string("AAAAAAAAAAAAAAAAAAAAAAA="), std::string("AAAAAAAAAAAAAAAAAAAAA==="),
        std::string("AAAAAAAAAAAAAAAAAAAAA!=="), std::string("AAAAAAAAAAA AAAAAAAAAA=="),
        std::string("AAAAAAAAAAAAAAAAAAAAAAAAAA=="), std::string("dGhlIHNhbXBsZSBub25jZQ==,")}) {
    refused(with({wants, version, "Sec-WebSocket-Key: " + bad + "\r\n"}), 400);
  }
  refused(with({wants, version, key, "Content-Length: 2\r\n"}) + "hi", 400);
  refused(with({wants, version, key, "Transfer-Encoding: chunked\r\n"}) + "0\r\n\r\n", 400);
}

// Another method than GET is no handshake; HEAD has the head of the refusal.
TEST_F(WebSockets, OtherMethods) {
  const auto fields = std::string(wants) + std::string(version) + std::string(key) + "\r\n";
  EXPECT_EQ(app.ask("POST /websocket HTTP/1.1\r\nHost: a\r\n" + fields).status, 405);
  auto client = app.send("HEAD /websocket HTTP/1.1\r\nHost: a\r\n" + fields + get("/hello"));
  EXPECT_EQ(client.read_response(ample, true).status, 426);
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// Some proxies take any answer to an upgrade for a 101, and then let through what their client sends: behind a refusal
// of one that was meant nothing is answered. Who meant none goes on.
TEST_F(WebSockets, NothingBehindARefusedUpgrade) {
  auto smuggler = app.send(with({wants, key, "Sec-WebSocket-Version: 12\r\n"}) + get("/hello"));
  EXPECT_TRUE(smuggler.read_response().says_close());
  EXPECT_EQ(smuggler.read_until_end(), ending::fin);
  EXPECT_EQ(smuggler.received(), "");
  auto lost = app.send(with({}) + get("/hello"));
  EXPECT_EQ(lost.read_response().field("connection"), "Upgrade");
  EXPECT_EQ(lost.read_response().body, "Hello, World!");
}

// The 101 has the request's id, and is counted once, when the WebSocket has ended.
TEST_F(WebSockets, TheAnswer) {
  auto client = app.send(with({wants, version, key, "X-Request-Id: mine\r\n"}));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.field("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.field("x-request-id"), "mine");
  EXPECT_EQ(answer.field("server"), base::program_name());
  EXPECT_EQ(answer.field("sec-websocket-protocol"), std::nullopt) << "none was chosen";
  client.send(frame(8, {"\x03\xE8", 2}));
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_TRUE(eventually(ample, [&] { return counted(101) == 1; }));
}

/// Lets in only its own page, chooses a subprotocol, and sets a cookie.
std::optional<http::response> judge(const http::request& asked, http::handshake& offer) {
  std::optional<http::response> refusal;
  if (asked[http::field::origin] != "https://here.example") refusal = http::problem(403, "Not from this page.");
  if (!offer.choose("v2")) offer.choose("v1");
  offer.with("Set-Cookie", "a=b");
  offer.with("Connection", "close");
  offer.with("X-Split", "a\r\nX-Smuggled: 1");
  return refusal;
}

task<std::optional<http::response>> judge_slowly(const http::request& asked, http::handshake& offer, gate& at) {
  co_await at.pass();
  co_return judge(asked, offer);
}

task<> say_subprotocol(const http::request&, http::websocket& peer) {
  const auto sent = co_await peer.write("[" + std::string(peer.subprotocol()) + "]");
  if (sent) co_await peer.read();
}

class JudgedWebSockets : public testing::Test {
 protected:
  gate door;
  serving app{[this](http::router& to) {
    to.get("/hello", hello);
    to.get_websocket("/websocket", say_subprotocol, judge);
    to.get_websocket("/slowly", say_subprotocol, [this](const http::request& asked, http::handshake& offer) {
      return judge_slowly(asked, offer, door);
    });
    to.get_websocket("/fails", say_subprotocol,
                     [](const http::request&, http::handshake&) -> std::optional<http::response> {
                       throw std::runtime_error("secret");
                     });
  }};

  static std::string from(std::string_view origin, std::string_view more = {}, std::string_view target = "/websocket") {
    return get(target, std::string(wants) + std::string(version) + std::string(key) + "Origin: " + std::string(origin) +
                           "\r\n" + std::string(more));
  }
};

// A check refuses by Origin before the 101: an ordinary answer, and the connection's end.
TEST_F(JudgedWebSockets, Origin) {
  auto client = app.send(from("https://elsewhere.example") + frame(1, "hi"));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 403);
  EXPECT_TRUE(answer.whole() && answer.says_close()) << answer.describe();
  EXPECT_THAT(answer.body, HasSubstr("request_id"));
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// A subprotocol is chosen of those that are offered, over all lines; the handler is told which.
TEST_F(JudgedWebSockets, Subprotocol) {
  const std::pair<const char*, const char*> cases[] = {
      {"Sec-WebSocket-Protocol: v1\r\n", "v1"},
      {"Sec-WebSocket-Protocol: v1, v2\r\n", "v2"},
      {"Sec-WebSocket-Protocol: v1\r\nSec-WebSocket-Protocol: v2\r\n", "v2"},
      {"Sec-WebSocket-Protocol: V2, v22, v1x\r\n", ""},
      {"", ""}};
  for (const auto& [offered, chosen] : cases) {
    auto client = app.send(from("https://here.example", offered));
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 101) << offered;
    EXPECT_EQ(answer.field("sec-websocket-protocol").value_or(""), chosen) << offered;
    EXPECT_EQ(answer.field("set-cookie"), "a=b");
    EXPECT_EQ(answer.field("connection"), "Upgrade");
    EXPECT_EQ(answer.field("x-smuggled"), std::nullopt);
    EXPECT_TRUE(client.read_until("[" + std::string(chosen) + "]")) << offered;
  }
}

// A check adds fields to the 101, but none of the handshake's own and none that an answer couldn't have; what is
// dropped is named in the log.
TEST(JudgedHandshake, FieldsOfTheCheck) {
  constexpr std::pair<const char*, const char*> dropped[] = {
      {"Sec-WebSocket-Protocol", "v9"},
      {"sec-websocket-accept", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
      {"Sec-WebSocket-Extensions", "permessage-deflate"},
      {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
      {"SEC-WEBSOCKET-VERSION", "13"},
      {"upgrade", "h2c"},
      {"Connection", "close"},
      {"Content-Length", "4"},
      {"Server", "other"},
      {"X-Request-Id", "other"},
      {"X-Split", "a\r\nX-Smuggled: 1"},
      {"X Name", "1"},
  };
  logged log;
  std::optional<serving> app;
  app.emplace([&](http::router& to) {
    to.get_websocket("/websocket", say_subprotocol, [&](const http::request&, http::handshake& offer) {
      offer.choose("v1");
      for (const auto& [name, value] : dropped) offer.with(name, value);
      offer.with("Set-Cookie", "a=b");
      offer.with("Set-Cookie", "c=d");
      return std::optional<http::response>();
    });
  });
  log::set_level(log::level::warn);
  auto client = app->send(with({wants, version, key, "X-Request-Id: mine\r\nSec-WebSocket-Protocol: v1\r\n"}));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 101) << answer.describe();
  std::vector<std::string> fields;
  for (const auto& [name, value] : answer.fields) fields.push_back(name + ": " + value);
  EXPECT_THAT(fields, testing::UnorderedElementsAre(
                          "upgrade: websocket", "connection: Upgrade", "sec-websocket-protocol: v1",
                          "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "x-request-id: mine", "set-cookie: a=b",
                          "set-cookie: c=d", "server: " + std::string(base::program_name())));
  EXPECT_TRUE(client.read_until("[v1]"));
  app.reset();
  const auto lines = log.lines();
  for (const auto& [name, value] : dropped) {
    EXPECT_EQ(std::ranges::count_if(lines,
                                    [field = std::string(name)](const std::string& line) {
                                      return line.find("field is dropped") != line.npos &&
                                             line.find(field) != line.npos;
                                    }),
              1)
        << name;
  }
}

// A check may wait; one that fails is 500 without its text.
TEST_F(JudgedWebSockets, ChecksThatWaitOrFail) {
  auto client = app.send(from("https://here.example", "Sec-WebSocket-Protocol: v1\r\n", "/slowly"));
  ASSERT_TRUE(door.reached());
  EXPECT_EQ(client.read_some(1, 20ms), ending::timed_out);
  door.open();
  EXPECT_EQ(client.read_response().status, 101);
  EXPECT_TRUE(client.read_until("[v1]"));

  const auto failed = app.ask(from("https://here.example", {}, "/fails"));
  EXPECT_EQ(failed.status, 500);
  EXPECT_EQ(failed.body.find("secret"), std::string::npos);
}

// What is called may throw before there is a coroutine, as a function that only hands one on can: 500, whatever it is.
TEST(ThrownAtOnce, IsAnError) {
  const auto admit = [](const http::request& asked) -> std::optional<http::response> {
    if (asked.path() == "/guarded") throw std::runtime_error("secret");
    return std::nullopt;
  };
  serving app{[&](http::router& to) {
    to.guarded_by(admit);
    to.get("/guarded", hello);
    to.get("/task", [](const http::request&) -> task<http::response> { throw std::runtime_error("secret"); });
    to.get("/stream",
           [](const http::request&, http::response_stream&) -> task<> { throw std::runtime_error("secret"); });
    to.post("/upload", [](const http::request&, http::body_reader&) -> task<http::response> {
      throw std::runtime_error("secret");
    });
    to.get_websocket("/check", say_subprotocol,
                     [](const http::request&, http::handshake&) -> task<std::optional<http::response>> {
                       throw std::runtime_error("secret");
                     });
    to.get("/open", [](const http::request&, http::websocket&) -> task<> { throw std::runtime_error("secret"); });
  }};
  const auto handshake = std::string(wants) + std::string(version) + std::string(key);
  for (const auto& request :
       {get("/guarded"), get("/task"), get("/stream"),
        std::string("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"), get("/check", handshake)}) {
    const auto answer = app.ask(request);
    EXPECT_EQ(answer.status, 500) << request;
    EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  }
  auto client = app.send(get("/open", handshake));
  EXPECT_EQ(client.read_response().status, 101);
  EXPECT_TRUE(client.read_until({"\x88\x02\x03\xe8", 4})) << "closed like one whose handler returns";
}

// A handshake that waits for its check when handlers are cancelled is answered 503.
TEST(JudgedWebSocketStop, HardCancel) {
  gate door;
  setting how;
  how.plan.hard_cancel = slack(100ms);
  serving app(
      [&](http::router& to) {
        to.get_websocket("/slowly", say_subprotocol, [&](const http::request& asked, http::handshake& offer) {
          return judge_slowly(asked, offer, door);
        });
      },
      how);
  auto client = app.send(get("/slowly", std::string(wants) + std::string(version) + std::string(key)));
  ASSERT_TRUE(door.reached());
  const auto end = app.begin_stop().get();
  EXPECT_EQ(client.read_response().status, 503);
  EXPECT_EQ(end.why_cut("/slowly"), "hard_cancel");
}

// A sanitizer's own memory counts as the service's; bounds of resident() hold without one.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

std::size_t resident() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, pages = 0;
  statm >> total >> pages;
  return pages * 4096;
}

// A large message, whole or in many fragments, is echoed, and is forgotten when the handler has let go of it.
TEST_F(WebSockets, ForgetTheirLargestMessage) {
  constexpr std::size_t size = 1 << 20, count = 20;
  std::vector<raw_client> clients;
  const auto exchange = [&](raw_client& client, const std::string& sent) {
    const std::jthread sender([&] { EXPECT_EQ(client.send(sent), sending::sent); });
    while (client.received().size() < size) ASSERT_EQ(client.read_some(1 << 16), ending::open);
    std::string().swap(client.received());
  };
  for (std::size_t i = 0; i < count; ++i) clients.push_back(open(with({wants, version, key})));
  const std::string whole = frame(2, std::string(size, 'w'));
  std::string pieces;
  for (std::size_t i = 0; i < 1024; ++i) {
    pieces += frame(i == 0 ? 2 : 0, std::string(size / 1024, 'f'), i == 1023);
    if (i % 100 == 0) pieces += frame(9, "ping");
  }
  ::malloc_trim(0);
  const auto before = resident();
  for (auto& client : clients) {
    exchange(client, whole);
    exchange(client, pieces);
  }
  ::malloc_trim(0);
  if (!sanitized) {
    EXPECT_LT(resident(), before + count * size / 4);
  }
  for (auto& client : clients) {
    client.received() = {};
    client.send(frame(1, "still there"));
    EXPECT_TRUE(client.read_until("still there"));
  }
}

// A frame that only announces its size takes no memory for it; one over the limit is refused with 1009.
TEST_F(WebSockets, AnnouncedSizes) {
  std::vector<raw_client> clients;
  ::malloc_trim(0);
  const auto before = resident();
  for (int i = 0; i < 50; ++i) {
    clients.push_back(app.send(with({wants, version, key})));
    ASSERT_EQ(clients.back().read_response().status, 101);
    clients.back().send(std::string("\x82\xff\0\0\0\0\0\x10\0\0\0\0\0\0", 14) + "a");  // 1 MiB
  }
  ASSERT_TRUE(app.reaches("websocket", 50));
  if (!sanitized) {
    EXPECT_LT(resident(), before + 50 * (200 << 10));
  }
  auto large = app.send(with({wants, version, key}));
  ASSERT_EQ(large.read_response().status, 101);
  large.send(std::string("\x82\xff\0\0\0\0\0\x10\0\x01\0\0\0\0", 14) + "a");
  EXPECT_TRUE(large.read_until("\x03\xf1"));
}

// Fragments of nothing are part of a message, and messages of nothing are messages.
TEST_F(WebSockets, EmptyFragments) {
  auto client = open(with({wants, version, key}));
  client.received() = {};
  client.send(frame(1, "", false) + frame(0, "", false) + frame(0, "x", false) + frame(0, "", true) + frame(1, ""));
  EXPECT_TRUE(client.read_until({"\x81\x01x\x81\x00", 5}));
}

}  // namespace
}  // namespace sundown::test
