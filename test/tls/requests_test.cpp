// Requests over TLS: what is true in the clear is true there.
#include "tls/serving_tls.hpp"

#include <sundown/http/security_headers.hpp>

#include <openssl/ssl.h>

#include <algorithm>

namespace sundown::test {
namespace {

std::string large(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

/// Some bytes, as a tail that is not copied.
http::response large_answer(const http::request& asked) {
  return text(large(static_cast<std::size_t>(std::stoul(asked.param("size")))));
}

void routes(http::router& to) {
  basic_routes(to);
  to.get("/large/{size}", large_answer);
}

// Both listeners serve, each what it speaks; a connection over TLS takes one request after the other.
TEST(TlsRequests, AreServedBesideThoseInTheClear) {
  serving_tls tls(routes);
  EXPECT_EQ(tls.app().ask(get("/hello")).body, "Hello, World!");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    tls_client_options how;
    how.version = version;
    how.protocols = "\x08http/1.1";
    auto client = tls.connect(how);
    EXPECT_EQ(client.protocol(), "http/1.1");
    for (int i = 0; i < 3; ++i) {
      client.send(get("/hello"));
      EXPECT_EQ(client.read_response().body, "Hello, World!");
    }
    client.send(get("/hello", "Connection: close\r\n"));
    expect_last(client);
  }
  EXPECT_EQ(tls.app().server().figures().handshakes_done, 2U);
  EXPECT_EQ(tls.app().server().figures().handshakes_failed, 0U);
}

// Answers of every size come whole, whatever becomes of their records.
TEST(TlsRequests, AnswersOfEverySizeComeWhole) {
  serving_tls tls(routes);
  auto client = tls.connect();
  for (const std::size_t size : {0U, 1U, 1000U, 16'000U, 16'384U, 16'385U, 40'000U, 300'000U, 5'000'000U}) {
    client.send(get("/large/" + std::to_string(size)));
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 200) << answer.describe();
    EXPECT_TRUE(answer.body == large(size)) << size << " bytes, " << answer.body.size() << " have come";
  }
  client.send(get("/three"));
  EXPECT_EQ(client.read_response().body, "one two three");
  client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(client.read_response(ample, true).whole());
}

// A client that reads slowly, through a small buffer, gets all of it: a write that had to wait goes on where it was.
TEST(TlsRequests, ASlowReaderGetsAll) {
  serving_tls tls(routes);
  auto client = tls.connect({}, 8 << 10);
  client.send(get("/large/20000000") + get("/large/20000") + get("/hello"));
  ASSERT_TRUE(tls.app().reaches("answer"));
  EXPECT_TRUE(client.read_response(4 * ample).body == large(20'000'000));
  EXPECT_TRUE(client.read_response().body == large(20'000));
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// Bodies of every size are read, by handlers that take them whole and by those that read piece by piece.
TEST(TlsRequests, BodiesOfEverySizeAreRead) {
  serving_tls tls(routes);
  auto client = tls.connect();
  for (const std::size_t size : {1U, 8'000U, 16'383U, 16'384U, 100'000U, 1'000'000U}) {
    client.send(post("/echo", large(size), "text/plain"));
    EXPECT_TRUE(client.read_response().body == large(size)) << size;
    client.send(post("/upload", large(size), "text/plain"));
    const auto expected = std::to_string(size) + " bytes, last '" + large(size).back() + "'";
    EXPECT_EQ(client.read_response().body, expected);
  }
  client.send("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(client.read_response().body, "5 bytes, last 'o'");
}

// Many requests in one record, and in many: what was decrypted with others is answered though the socket is silent.
TEST(TlsRequests, PipelinedOnesAreAllAnswered) {
  serving_tls tls(routes);
  auto client = tls.connect();
  constexpr int count = 2000;
  std::string all;
  for (int i = 0; i < count; ++i) all += get("/hello");
  std::thread sends([&] { client.send(all); });
  sends.join();
  for (int i = 0; i < count; ++i) ASSERT_EQ(client.read_response().body, "Hello, World!") << i;
}

// Bytes that come one by one, each in a record of its own.
TEST(TlsRequests, MayComeByteByByte) {
  serving_tls tls(routes);
  auto client = tls.connect();
  for (const char each : post("/echo", "abc", "text/plain")) ASSERT_EQ(client.send({&each, 1}), sending::sent);
  EXPECT_EQ(client.read_response().body, "abc");
}

// A client that ends without close_notify, or with one, ends its connection in order.
TEST(TlsRequests, ClientsEndAsTheyLike) {
  serving_tls tls(routes);
  for (const bool politely : {true, false}) {
    auto client = tls.send(get("/hello"));
    EXPECT_EQ(client.read_response().status, 200);
    if (politely)
      client.half_close();
    else
      client.socket().half_close();
    expect_nothing_but_fin(client);
  }
  EXPECT_TRUE(eventually(ample, [&] { return tls.app().server().activity().connections == 0; }));
}

// A request that is refused is answered whole before the end, though its client goes on sending.
TEST(TlsRequests, RefusalsAreReadable) {
  serving_tls tls(routes);
  auto client = tls.connect();
  client.send(post("/small-upload", large(500'000), "text/plain"), soon);
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 413) << answer.describe();
  EXPECT_TRUE(answer.whole());
}

/// A masked frame from a client; the mask is zero.
std::string websocket_frame(unsigned char opcode, std::string_view data) {
  std::string out(1, static_cast<char>(0x80 | opcode));
  if (data.size() < 126) {
    out += static_cast<char>(0x80 | data.size());
  } else {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(data.size() >> 8);
    out += static_cast<char>(data.size());
  }
  return out.append(4, '\0').append(data);
}

/// What the frames of a server carry, which are not masked; a long message is several.
std::string payloads(std::string_view frames) {
  std::string all;
  while (frames.size() >= 2) {
    std::size_t head = 2, size = static_cast<unsigned char>(frames[1]);
    if (size == 126 && frames.size() >= 4) {
      head = 4;
      size = static_cast<unsigned char>(frames[2]) * 256U + static_cast<unsigned char>(frames[3]);
    }
    all += frames.substr(std::min(head, frames.size()), size);
    frames.remove_prefix(std::min(head + size, frames.size()));
  }
  return all;
}

tls_client open_websocket(serving_tls& tls, std::string_view behind = {}) {
  auto client = tls.send(get("/websocket",
                             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") +
                         std::string(behind));
  EXPECT_TRUE(client.read_until("\r\n\r\n"));
  EXPECT_EQ(client.received().substr(0, 12), "HTTP/1.1 101");
  client.received().erase(0, client.received().find("\r\n\r\n") + 4);
  return client;
}

// A WebSocket over TLS: messages both ways, one of them right behind the handshake, and the close handshake.
TEST(TlsRequests, WebSocketsAreServed) {
  serving_tls tls(routes);
  auto client = open_websocket(tls, websocket_frame(1, "early"));
  ASSERT_TRUE(client.read_until("early"));
  client.received().clear();
  const auto long_text = large(30'000);
  client.send(websocket_frame(1, long_text));
  while (payloads(client.received()).size() < long_text.size()) ASSERT_EQ(client.read_some(64 << 10), ending::open);
  EXPECT_TRUE(payloads(client.received()) == long_text);
  client.received().clear();
  client.send(websocket_frame(8, "\x03\xe8"));
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_EQ(client.received(), "\x88\x02\x03\xe8");
}

// At the stop a WebSocket hears 1001, and ends with its client's answer.
TEST(TlsRequests, WebSocketsEndWithTheStop) {
  serving_tls tls(routes);
  auto client = open_websocket(tls);
  auto stop = tls.app().begin_stop();
  ASSERT_TRUE(client.read_until("\x88\x02\x03\xe9"));
  client.received().clear();
  client.send(websocket_frame(8, "\x03\xe9"));
  EXPECT_EQ(client.read_until_end(), ending::fin);
  const auto end = stop.get();
  EXPECT_LT(end.took, soon);
  EXPECT_TRUE(end.did.cut.empty());
}

// HSTS is sent over TLS, and not in the clear (RFC 6797 §7.2).
TEST(TlsRequests, HaveStrictTransportSecurity) {
  serving_tls tls([](http::router& to) {
    to.on_answer(http::security_headers().strict_transport(std::chrono::hours(24)));
    to.get("/hello", hello);
  });
  EXPECT_EQ(tls.ask(get("/hello")).field("strict-transport-security"), "max-age=86400");
  EXPECT_EQ(tls.app().ask(get("/hello")).field("strict-transport-security"), std::nullopt);
}

}  // namespace
}  // namespace sundown::test
