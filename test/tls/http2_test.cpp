// HTTP/2 over TLS: the handshake chooses it, and the transport under it is the one of HTTP/1.1.
#include "support/testing.hpp"
#include "tls/serving_tls.hpp"
#include "wire/frame_client.hpp"

#include <sundown/http2.hpp>

#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace sundown::test {
namespace {

/// Names as ALPN has them (RFC 7301 §3.1).
constexpr const char *h2 = "\x02h2", *http1 = "\x08http/1.1", *both = "\x02h2\x08http/1.1";

class TlsHttp2 : public testing::Test {
 protected:
  void start(setting how = {}) {
    how.http2 = &http2::by_nghttp2();
    app.emplace(
        [this](http::router& to) {
          basic_routes(to);
          to.get("/held", [this](const http::request&) { return pass(door); });
          to.get("/large", [](const http::request&) { return text(std::string(3'000'000, 'l')); });
        },
        how);
  }
  tls_client connect_for(const char* protocols) {
    tls_client_options how;
    how.protocols = protocols;
    return app->connect(how);
  }
  frame_client connect(const field_list& settings = {}, int receive_buffer = 0) {
    tls_client_options how;
    how.protocols = h2;
    return frame_client(std::make_unique<wire_over<tls_client>>(app->connect(how, receive_buffer)), settings);
  }

  gate door;
  std::optional<serving_tls> app;
};

void expect_whole(const stream_answer& got, int status = 200) {
  EXPECT_EQ(got.status, status);
  EXPECT_TRUE(got.whole()) << "body: " << got.body.size() << " bytes";
}

/// GOAWAY with the last stream, then close_notify and FIN.
void expect_farewell(frame_client& client, std::uint32_t last) {
  EXPECT_EQ(client.read_until_end(), ending::fin);
  ASSERT_FALSE(client.goaways.empty());
  EXPECT_EQ(client.goaways.back().last, last);
  EXPECT_EQ(client.goaways.back().code, std::uint32_t{NGHTTP2_NO_ERROR});
}

// What the client offers is what it gets, h2 before http/1.1; one that offers nothing is served in HTTP/1.1.
TEST_F(TlsHttp2, IsChosenByAlpn) {
  start();
  const auto silent = connect_for(both);
  EXPECT_EQ(silent.protocol(), "h2");
  auto frames = connect();
  expect_whole(frames.answer(frames.get("/hello")));
  for (const auto* offered : {http1, ""}) {
    auto client = connect_for(offered);
    EXPECT_EQ(client.protocol(), *offered ? "http/1.1" : "");
    client.send(get("/hello"));
    EXPECT_EQ(client.read_response().status, 200);
  }
  EXPECT_TRUE(eventually(ample, [&] { return app->app().server().figures().http2_connections == 2; }));
}

// The preface counts in the clear alone (RFC 9113 §3.3), and http.h2c is of the clear alone.
TEST_F(TlsHttp2, IsNotChosenByItsPreface) {
  setting how;
  how.limits.h2c = false;
  start(how);
  auto client = app->send(preface);
  EXPECT_EQ(client.read_response().status, 505);
  auto clear = app->app().send(preface);
  EXPECT_EQ(clear.read_response().status, 505);
  auto frames = connect();
  expect_whole(frames.answer(frames.get("/hello")));
}

// A client that has chosen h2 and speaks something else is told GOAWAY, and ends.
TEST_F(TlsHttp2, KeepsToWhatIsChosen) {
  start();
  auto client = connect_for(h2);
  client.send(get("/hello"));
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_EQ(client.received().find("HTTP/1.1"), std::string::npos);
}

// Bodies of many records, both ways and on many streams at a time.
TEST_F(TlsHttp2, Bodies) {
  start();
  auto client = connect({{"4", "2147483647"}});
  client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(0x7fff0000 - 65'535));
  std::vector<std::uint32_t> large, echoed;
  const std::string body(60'000, 'b');
  for (int i = 0; i < 5; ++i) {
    large.push_back(client.get("/large"));
    echoed.push_back(client.post("/echo", body));
  }
  for (const auto stream : large) {
    const auto& got = client.answer(stream);
    expect_whole(got);
    EXPECT_EQ(got.body.size(), 3'000'000U);
  }
  for (const auto stream : echoed) EXPECT_EQ(client.answer(stream).body, body);
}

// Frames that come in one record with others are all answered, without another byte of the client.
TEST_F(TlsHttp2, ManyFramesInOneRecord) {
  start();
  auto client = connect();
  expect_whole(client.answer(client.get("/hello")));
  std::string together;
  std::vector<std::uint32_t> streams;
  for (int i = 0; i < 80; ++i) {
    const auto stream = static_cast<std::uint32_t>(3 + 2 * i);
    const auto head =
        client.block({{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/hello"}});
    together += big_endian(static_cast<std::uint32_t>(head.size()), 3) + '\x01' + '\x05' + big_endian(stream) + head;
    streams.push_back(stream);
  }
  client.send(together);
  for (const auto stream : streams) expect_whole(client.answer(stream));
}

// A reader that is slow makes the write wait, and gets all.
TEST_F(TlsHttp2, SlowReader) {
  start();
  auto client = connect({{"4", "2147483647"}}, 16 << 10);
  client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(0x7fff0000 - 65'535));
  const auto stream = client.get("/large");
  ASSERT_TRUE(client.read_until([&] { return !client.on(stream).body.empty(); }));
  std::this_thread::sleep_for(slack(100ms));  // it takes nothing for a while
  const auto& got = client.answer(stream);
  expect_whole(got);
  EXPECT_EQ(got.body.size(), 3'000'000U);
}

// A client that has said close_notify, and sent its FIN, still gets what it is owed.
TEST_F(TlsHttp2, HalfClose) {
  start();
  auto made = std::make_unique<wire_over<tls_client>>(connect_for(h2));
  auto& below = made->client();
  frame_client client(std::move(made));
  const auto stream = client.get("/held");
  ASSERT_TRUE(door.reached());
  below.half_close();
  std::this_thread::sleep_for(slack(20ms));
  door.open();
  expect_whole(client.answer(stream));
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// The stop: an idle connection is told and ends by close_notify, one with a stream in flight when that is answered.
TEST_F(TlsHttp2, Drain) {
  start();
  auto idle = connect(), busy = connect();
  expect_whole(idle.answer(idle.get("/hello")));
  const auto held = busy.get("/held");
  ASSERT_TRUE(door.reached());
  auto stop = app->app().begin_stop();
  expect_farewell(idle, 1);
  ASSERT_TRUE(busy.read_until([&] { return busy.goaways.size() == 2; }));
  EXPECT_EQ(stop.wait_for(slack(100ms)), std::future_status::timeout);
  door.open();
  expect_whole(busy.answer(held));
  expect_farewell(busy, held);
  const auto end = stop.get();
  EXPECT_EQ(end.did.completed, 1U);
  EXPECT_TRUE(end.did.cut.empty());
}

// A connection whose handshake is done in the stop is told at once, and what it sends until it has heard is answered.
TEST_F(TlsHttp2, HandshakeInTheStop) {
  setting how;
  how.plan.header_grace = how.plan.idle_grace = ample;
  start(how);
  tls_client_options offers;
  offers.protocols = h2;
  tls_client late(offers);
  ASSERT_EQ(late.connect(app->where()), connecting::connected);
  ASSERT_TRUE(app->app().reaches("handshake", 1));
  auto stop = app->app().begin_stop();
  ASSERT_TRUE(late.handshake());
  frame_client client(std::make_unique<wire_over<tls_client>>(std::move(late)));
  const auto stream = client.get("/hello");
  expect_whole(client.answer(stream));
  expect_farewell(client, stream);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

}  // namespace
}  // namespace sundown::test
