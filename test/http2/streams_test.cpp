// Answers that are written piece by piece.
#include "http2/fixture.hpp"

#include <atomic>

namespace sundown::test {
namespace {

class Http2Streams : public Http2 {
 protected:
  void add(http::router& to) override {
    to.get("/endless", [this](const http::request&, http::response_stream& out) { return endless(out); });
    to.get("/known", [](const http::request&, http::response_stream& out) { return known(out); });
    to.get("/short", [](const http::request&, http::response_stream& out) { return too_short(out); });
    to.get("/instead", [](const http::request&, http::response_stream& out) { return instead(out); });
  }

  std::atomic<std::size_t> written{0};

 private:
  task<> endless(http::response_stream& out) {
    co_await out.start(text({}));
    const std::string piece(10'000, 'p');
    for (;;) {
      const auto sent = co_await out.write(piece);
      if (!sent) co_return;
      written += piece.size();
    }
  }
  static task<> known(http::response_stream& out) {
    co_await out.start(text({}), 6);
    co_await out.write("abc");
    co_await out.write("def");
  }
  static task<> too_short(http::response_stream& out) {
    co_await out.start(text({}), 6);
    co_await out.write("abc");
  }
  static task<> instead(http::response_stream& out) {
    out.answer(http::problem(404, "Not there."));
    co_return;
  }
};

// Pieces, of unknown and of known length, whole answers instead, and HEAD.
TEST_F(Http2Streams, Pieces) {
  start();
  auto client = connect();
  const auto& three = client.answer(client.get("/three"));
  expect_answer(three, 200);
  EXPECT_EQ(three.body, "one two three");
  EXPECT_EQ(three.field("transfer-encoding"), "");
  const auto& known = client.answer(client.get("/known"));
  EXPECT_EQ(known.body, "abcdef");
  EXPECT_EQ(known.field("content-length"), "6");
  expect_answer(client.answer(client.get("/instead")), 404);
  const auto& head = client.answer(client.request("HEAD", "/three"));
  expect_answer(head, 200);
  EXPECT_EQ(head.body, "");
}

// One that ends before its length tells its client by a broken end.
TEST_F(Http2Streams, TooShort) {
  start();
  auto client = connect();
  EXPECT_EQ(client.answer(client.get("/short")).reset, std::uint32_t{NGHTTP2_INTERNAL_ERROR});
  expect_answer(client.answer(client.get("/hello")), 200);
}

// A reader that opens no window stops the handler: memory doesn't grow.
TEST_F(Http2Streams, SlowReader) {
  start();
  auto client = connect();
  client.opens_windows = false;
  const auto stream = client.get("/endless");
  EXPECT_TRUE(client.read_until([&] { return client.on(stream).body.size() == 65'535; }));
  expect_answer(client.answer(client.request("HEAD", "/hello")), 200);
  EXPECT_LE(written, 65'535U);
  client.reset(stream);
  EXPECT_TRUE(app->reaches("idle"));
}

// A client that doesn't read from its socket stops it, too.
TEST_F(Http2Streams, BlockedSocket) {
  start();
  auto client = connect({{"4", "2147483647"}}, 4096);
  client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(0x7fff0000));
  client.get("/endless");
  std::size_t before = 0;
  EXPECT_TRUE(eventually(ample, [&] {
    const auto now = written.load();
    return now != 0 && std::exchange(before, now) == now;
  }));
  client.raw().reset();
  EXPECT_TRUE(eventually(ample, [&] { return app->server().activity().connections == 0; }));
}

// Server-sent events: each is there at once, and the client's reset ends the handler.
TEST_F(Http2Streams, Events) {
  start();
  auto client = connect();
  const auto stream = client.get("/events");
  EXPECT_TRUE(client.read_until([&] { return client.on(stream).body == "data: first\n\n"; }));
  EXPECT_TRUE(app->reaches("streams"));
  client.reset(stream);
  EXPECT_TRUE(app->reaches("idle"));
}

}  // namespace
}  // namespace sundown::test
