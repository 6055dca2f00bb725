// Bodies of requests: flow control is backpressure, and the limits of HTTP/1 hold.
#include "http2/fixture.hpp"

namespace sundown::test {
namespace {

class Http2Bodies : public Http2 {
 protected:
  void add(http::router& to) override {
    to.post("/late", [this](const http::request& asked, http::body_reader& body) { return late(asked, body); });
  }

 private:
  task<http::response> late(const http::request& asked, http::body_reader& body) {
    co_await door.pass();
    co_return co_await upload(asked, body);
  }
};

// A body that is held whole, larger than a window.
TEST_F(Http2Bodies, Whole) {
  start();
  auto client = connect();
  const std::string body(200'000, 'b');
  const auto stream = client.request("POST", "/echo", {}, false);
  std::size_t sent = 0;
  while (sent < body.size()) {
    const auto room = 65'535 + client.opened[stream] - sent;
    if (room == 0) {
      ASSERT_TRUE(client.read());
      continue;
    }
    const auto piece = std::string_view(body).substr(sent, std::min<std::size_t>(room, 16'000));
    sent += piece.size();
    client.data(stream, piece, sent == body.size());
  }
  const auto& got = client.answer(stream);
  expect_answer(got, 200);
  EXPECT_EQ(got.body, body);
}

// A handler that doesn't read stops its client: no window is opened before.
TEST_F(Http2Bodies, Backpressure) {
  start();
  auto client = connect();
  const auto stream = client.request("POST", "/late", {}, false);
  client.data(stream, std::string(65'535, 'u'), false);
  ASSERT_TRUE(door.reached());
  expect_answer(client.answer(client.get("/hello")), 200);  // all of it has been read by now
  EXPECT_EQ(client.opened[stream], 0U);
  door.open();
  EXPECT_TRUE(client.read_until([&] { return client.opened[stream] >= 65'535; }));
  client.data(stream, "z", true);
  EXPECT_EQ(client.answer(stream).body, "65536 bytes, last 'z'");
}

// Over the limit: 413, by what the head says, or once too much has come. The connection goes on.
TEST_F(Http2Bodies, TooLarge) {
  start();
  auto client = connect();
  const auto said = client.request("POST", "/small-upload", {{"content-length", "17"}}, false);
  EXPECT_EQ(client.answer(said).status, 413);
  EXPECT_EQ(client.answer(client.post("/small-upload", std::string(17, 'x'))).status, 413);
  EXPECT_EQ(client.answer(client.post("/json", std::string(17, 'x'), {{"content-type", "application/json"}})).status,
            413);
  EXPECT_EQ(client.answer(client.post("/json", std::string(16, 'x'), {{"content-type", "application/json"}})).status,
            200);
}

// What a route takes: 411 without a body, 415 for another type.
TEST_F(Http2Bodies, Accepts) {
  start();
  auto client = connect();
  expect_answer(client.answer(client.request("POST", "/json")), 411);
  EXPECT_EQ(client.answer(client.post("/json", "{}", {{"content-type", "text/plain"}})).status, 415);
}

// A client that waits to be told to go on is told, unless it is refused.
TEST_F(Http2Bodies, Expect) {
  start();
  auto client = connect();
  const auto stream = client.request("POST", "/echo", {{"expect", "100-continue"}}, false);
  EXPECT_TRUE(client.read_until([&] { return !client.on(stream).informational.empty(); }));
  EXPECT_EQ(client.on(stream).informational, std::vector{100});
  client.data(stream, "now", true);
  EXPECT_EQ(client.answer(stream).body, "now");
  const auto read = client.request("POST", "/upload", {{"expect", "100-continue"}}, false);
  EXPECT_TRUE(client.read_until([&] { return !client.on(read).informational.empty(); }));
  client.data(read, "now", true);
  EXPECT_EQ(client.answer(read).body, "3 bytes, last 'w'");
  const auto refused = client.request("POST", "/nothing", {{"expect", "100-continue"}}, false);
  EXPECT_EQ(client.answer(refused).status, 404);
  EXPECT_TRUE(client.on(refused).informational.empty());
}

// An answer before the body's end: the rest is of no use, says RST_STREAM, and the next request is served.
TEST_F(Http2Bodies, Declined) {
  start();
  auto client = connect();
  const auto stream = client.request("POST", "/decline", {}, false);
  EXPECT_EQ(client.answer(stream).body.size(), 100'000U);
  EXPECT_TRUE(client.read_until([&] { return client.on(stream).reset.has_value(); }));
  EXPECT_EQ(client.on(stream).reset, std::uint32_t{NGHTTP2_NO_ERROR});
  client.data(stream, "late", true);  // may be under way
  expect_answer(client.answer(client.get("/hello")), 200);
}

// A body that comes too slowly: 408, for both ways of reading it.
TEST_F(Http2Bodies, TooSlow) {
  setting how;
  how.limits.body_grace = slack(100ms);
  start(how);
  auto client = connect();
  const auto whole = client.request("POST", "/echo", {}, false);
  const auto read = client.request("POST", "/upload", {}, false);
  EXPECT_EQ(client.answer(whole).status, 408);
  EXPECT_EQ(client.answer(read).status, 408);
  expect_answer(client.answer(client.get("/hello")), 200);
}

// Trailers are passed over.
TEST_F(Http2Bodies, Trailers) {
  start();
  auto client = connect();
  const auto stream = client.request("POST", "/echo", {}, false);
  client.data(stream, "body", false);
  client.send_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, stream,
                    client.block({{"x-trailer", "1"}}));
  EXPECT_EQ(client.answer(stream).body, "body");
}

// A body that is not as long as its Content-Length is malformed (RFC 9113 §8.1.1).
TEST_F(Http2Bodies, WrongLength) {
  start();
  auto client = connect();
  const auto stream = client.request("POST", "/echo", {{"content-length", "5"}}, false);
  client.data(stream, "body", true);
  EXPECT_EQ(client.answer(stream).reset, std::uint32_t{NGHTTP2_PROTOCOL_ERROR});
  expect_answer(client.answer(client.get("/hello")), 200);
}

}  // namespace
}  // namespace sundown::test
