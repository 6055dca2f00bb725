// Answers that are written piece by piece.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

namespace sundown::test {
namespace {

task<> promise(std::size_t length, std::vector<std::string> pieces, http::response_stream& out) {
  co_await out.start(text({}), length);
  for (const auto& piece : pieces) {
    const auto sent = co_await out.write(piece);
    if (!sent) co_return;
  }
}

auto promising(std::size_t length, std::vector<std::string> pieces) {
  return [=](const http::request&, http::response_stream& out) { return promise(length, pieces, out); };
}

task<> fail_in_the_middle(const http::request&, http::response_stream& out) {
  auto head = text({});
  co_await out.start(std::move(head));
  co_await out.write("half");
  throw std::runtime_error("in the middle");
}

task<> fail_at_once(const http::request&, http::response_stream&) {
  co_await asio::this_coro::executor;
  throw std::runtime_error("at once");
}

task<> stream_with_status(const http::request& asked, http::response_stream& out) {
  co_await out.start({static_cast<unsigned>(std::stoul(asked.param("status"))), {}});
}

task<> refuse_to_stream(const http::request& asked, http::response_stream& out) {
  if (asked.query("twice")) out.answer(text("first"));
  if (asked.query("late")) co_await out.start(text({}));
  out.answer(http::problem(400, "Not this one."));
  if (asked.query("stream")) co_await out.start(text({}));
}

task<> head_with_a_body(const http::request&, http::response_stream& out) {
  co_await out.start(http::problem(404, "Not here."));
}

task<> never_start(const http::request&, http::response_stream&) { co_return; }

constexpr auto stream_routes = [](http::router& to) {
  basic_routes(to);
  to.get("/exact", promising(7, {"one", "", "four"}));
  to.get("/empty", promising(0, {}));
  to.get("/short", promising(8, {"one", "four"}));
  to.get("/long", promising(5, {"one", "four"}));
  to.get("/fails-in-the-middle", fail_in_the_middle);
  to.get("/fails-at-once", fail_at_once);
  to.get("/status/{status}", stream_with_status);
  to.get("/never-starts", never_start);
  to.get("/refuses", refuse_to_stream);
  to.get("/head-with-a-body", head_with_a_body);
};

class Streams : public testing::Test {
 protected:
  serving app{stream_routes};
};

// Chunks are framed as RFC 9112 §7.1 says, an empty piece is none, and the connection goes on behind the last.
TEST_F(Streams, Chunked) {
  auto client = app.send(get("/three") + get("/hello"));
  ASSERT_TRUE(client.read_until("Hello, World!"));
  const auto& raw = client.received();
  const auto body = raw.find("\r\n\r\n") + 4;
  EXPECT_EQ(raw.substr(body, raw.find("HTTP/1.1 200", body) - body),
            "4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n");
}

// A stream of known length has a Content-Length, and the connection goes on behind it.
TEST_F(Streams, KnownLength) {
  auto client = app.send(get("/exact") + get("/empty") + get("/hello"));
  const auto exact = client.read_response();
  EXPECT_EQ(exact.field("content-length"), "7");
  EXPECT_EQ(exact.body, "onefour");
  EXPECT_EQ(client.read_response().field("content-length"), "0");
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// An answer that can't be completed as it began is visibly torn: no proper end, no further answer.
TEST_F(Streams, TornVisibly) {
  for (const auto* target : {"/short", "/long", "/fails-in-the-middle"}) {
    auto client = app.send(get(target) + get("/hello"));
    const auto answer = client.read_response();
    EXPECT_FALSE(answer.whole()) << target << ": " << answer.describe();
    EXPECT_EQ(answer.end, ending::rst) << target << ": " << answer.describe();
  }
  EXPECT_EQ(app.ask(get("/hello")).status, 200);
}

// A handler that fails before its head is out gives 500 like any other, and the connection goes on. To stream what may
// have no body is such a failure.
TEST_F(Streams, FailedBeforeTheHead) {
  auto client = app.send(get("/fails-at-once") + get("/never-starts") + get("/status/204") + get("/status/205") +
                         get("/status/304") + get("/hello"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.read_response().status, 500) << i;
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// A stream's handler may answer with an ordinary response instead: whole, with the id in a problem, and HEAD without.
TEST_F(Streams, AnswersInstead) {
  auto client = app.send(get("/refuses", "X-Request-Id: mine\r\n") + get("/hello"));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.field("content-length"), std::nullopt);
  EXPECT_NE(answer.body.find(R"("request_id":"mine")"), std::string::npos) << answer.body;
  EXPECT_EQ(client.read_response().body, "Hello, World!");
  client.send("HEAD /refuses HTTP/1.1\r\nHost: a\r\n\r\n" + get("/hello"));
  EXPECT_EQ(client.read_response(ample, true).status, 400);
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// It answers or streams, once; and what a stream begins with is a head, not a whole response whose body would be lost.
TEST_F(Streams, AnswersOrStreams) {
  for (const auto* target : {"/refuses?twice", "/refuses?stream", "/head-with-a-body"}) {
    EXPECT_EQ(app.ask(get(target)).status, 500) << target;
  }
  EXPECT_FALSE(app.ask(get("/refuses?late")).whole());
}

// A handler whose reader is gone is told by write(), so that it ends.
TEST(StreamEnds, WriteFailsWhenTheReaderIsGone) {
  tally ended;
  serving app([&](http::router& to) {
    to.get("/endless", [&ended](const http::request&, http::response_stream& out) {
      return [](tally& count, http::response_stream& to_peer) -> task<> {
        auto head = text({});
        co_await to_peer.start_endless(std::move(head));
        const std::string piece(64 << 10, 'e');
        for (;;) {
          const auto sent = co_await to_peer.write(piece);
          if (!sent) break;
        }
        count.add();
      }(ended, out);
    });
  });
  auto client = app.connect(4 << 10);
  client.send(get("/endless"));
  ASSERT_TRUE(client.read_until("eeee"));
  client.reset();
  EXPECT_TRUE(ended.wait_for(1, ample));
}

// A WebSocket is refused to those who don't ask for one, and echoes to those who do, also what came with the handshake.
TEST_F(Streams, WebSocket) {
  const auto refused = app.ask(get("/websocket"));
  EXPECT_EQ(refused.status, 426);
  EXPECT_EQ(refused.field("upgrade"), "websocket");

  auto client = app.send(get("/websocket",
                             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") +
                         std::string("\x81\x82\0\0\0\0hi", 8));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.field("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_TRUE(client.read_until({"\x81\x02hi", 4}));
  client.send({"\x88\x82\0\0\0\0\x03\xE8", 8});
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

}  // namespace
}  // namespace sundown::test
