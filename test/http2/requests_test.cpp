// Requests and answers: what handlers of each kind see and say, and what is refused without one.
#include "http2/fixture.hpp"

#include "http/logged.hpp"

namespace sundown::test {
namespace {

http::response show(const http::request& asked) {
  std::string all;
  all += std::string(asked.method_name()) + " " + std::string(asked.path()) + "\n";
  all += "host " + std::string(asked[http::field::host]) + "\n";
  all += "cookie " + std::string(asked[http::field::cookie]) + "\n";
  all += "x " + std::to_string(asked.elements("x-list").size()) + "\n";
  all += "q " + asked.query("q").value_or("-") + "\n";
  all += "remote " + std::string(asked.remote()) + "\n";
  return text(all);
}

struct user {
  std::string name;
};

class Http2Requests : public Http2 {
 protected:
  void add(http::router& to) override {
    to.get("/show", show);
    to.get("/large", [](const http::request&) { return text(std::string(300'000, 'l')); });
    to.get("/odd", [](const http::request&) {
      return http::response{200, "text/plain", "odd"}
          .with("Connection", "close")
          .with("Upgrade", "h3")
          .with("X-Mixed-Case", "Kept")
          .with("Bad", "a\r\nb: c");
    });
    auto closed = to.group("/closed");
    closed.guarded_by([](const http::request& asked) -> std::optional<http::response> {
      if (asked.header("x-key") != "open") return http::problem(403, "No.");
      asked.set(user{"me"});
      return std::nullopt;
    });
    closed.on_answer([](const http::request&, http::response& answer) { answer.with("X-Hook", "seen"); });
    closed.get("/plain", [](const http::request& asked) { return text("hello " + asked.get<user>().name); });
    closed.post("/echo", echo);
    closed.post("/upload", upload);
  }
};

// A plain handler's answer is that of HTTP/1, without what frames it there.
TEST_F(Http2Requests, Plain) {
  start();
  auto client = connect();
  const auto& got = client.answer(client.get("/hello"));
  expect_answer(got, 200);
  EXPECT_EQ(got.body, "Hello, World!");
  EXPECT_EQ(got.field("content-type"), "text/plain");
  EXPECT_EQ(got.field("content-length"), "13");
  EXPECT_FALSE(got.field("date").empty());
  EXPECT_FALSE(got.field("server").empty());
  EXPECT_EQ(got.field("x-request-id").size(), 16U);
  EXPECT_EQ(got.field("connection"), "");
}

// A handler can't tell which protocol it serves: authority is Host, cookies are one line.
TEST_F(Http2Requests, Fields) {
  start();
  auto client = connect();
  const auto& got = client.answer(
      client.get("/show?q=a%20b", {{"cookie", "a=1"}, {"cookie", "b=2"}, {"x-list", "1, 2"}, {"x-list", "3"}}));
  EXPECT_EQ(got.body, "GET /show\nhost test\ncookie a=1; b=2\nx 3\nq a b\nremote 127.0.0.1\n");
}

// The client's id is taken, as in HTTP/1.
TEST_F(Http2Requests, RequestId) {
  start();
  auto client = connect();
  EXPECT_EQ(client.answer(client.get("/hello", {{"x-request-id", "mine-1"}})).field("x-request-id"), "mine-1");
}

// HEAD has the fields and no body; OPTIONS, 404, 405 and 501 come from the table.
TEST_F(Http2Requests, FromTheTable) {
  start();
  auto client = connect();
  const auto& head = client.answer(client.request("HEAD", "/hello"));
  expect_answer(head, 200);
  EXPECT_EQ(head.field("content-length"), "13");
  EXPECT_EQ(head.body, "");
  const auto& options = client.answer(client.request("OPTIONS", "/hello"));
  expect_answer(options, 204);
  EXPECT_EQ(options.field("allow"), "GET, HEAD, OPTIONS");
  expect_answer(client.answer(client.request("OPTIONS", "*")), 204);
  expect_answer(client.answer(client.get("/nothing")), 404);
  const auto& wrong = client.answer(client.request("DELETE", "/hello"));
  expect_answer(wrong, 405);
  EXPECT_EQ(wrong.field("allow"), "GET, HEAD, OPTIONS");
  expect_answer(client.answer(client.request("BREW", "/hello")), 501);
  expect_answer(client.answer(client.get("/%zz")), 400);
  expect_answer(client.answer(client.get("/hello", {{"expect", "wonders"}})), 417);
}

// Neither tunnels nor WebSockets: they are refused, and the connection goes on.
TEST_F(Http2Requests, NoTunnels) {
  start();
  auto client = connect();
  expect_answer(client.answer(client.get("/websocket")), 501);
  const auto stream = 3U;
  client.send_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream,
                    client.block({{":method", "CONNECT"}, {":authority", "a:1"}}));
  EXPECT_EQ(client.answer(stream).status, 501);
  client.send_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 5,
                    client.block({{":method", "CONNECT"},
                                  {":protocol", "websocket"},
                                  {":scheme", "http"},
                                  {":authority", "test"},
                                  {":path", "/websocket"}}));
  EXPECT_EQ(client.answer(5).reset, std::uint32_t{NGHTTP2_PROTOCOL_ERROR});
  EXPECT_TRUE(client.goaways.empty());
}

// Handlers that wait run beside each other: the later request is answered first.
TEST_F(Http2Requests, Beside) {
  start();
  auto client = connect();
  const auto held = client.get("/held");
  ASSERT_TRUE(door.reached());
  expect_answer(client.answer(client.get("/say/hi")), 200);
  EXPECT_FALSE(client.on(held).ended);
  EXPECT_TRUE(app->reaches("streams"));
  EXPECT_TRUE(eventually(ample, [&] { return app->server().figures().requests == 1; }));
  door.open();
  EXPECT_EQ(client.answer(held).body, "passed");
  EXPECT_TRUE(app->reaches("idle"));
  EXPECT_EQ(app->server().figures().requests, 0U);
}

// A failing handler is answered 500 with the request's id and nothing of its reason.
TEST_F(Http2Requests, Fails) {
  start();
  auto client = connect();
  const auto& got = client.answer(client.get("/fails"));
  expect_answer(got, 500);
  EXPECT_NE(got.body.find(got.field("x-request-id")), std::string::npos);
  EXPECT_EQ(got.body.find("secret"), std::string::npos);
}

// Guards and hooks: before the handler, over every kind, with attributes.
TEST_F(Http2Requests, GuardsAndHooks) {
  start();
  auto client = connect();
  const auto& refused = client.answer(client.get("/closed/plain"));
  expect_answer(refused, 403);
  EXPECT_EQ(refused.field("x-hook"), "seen");
  EXPECT_EQ(client.answer(client.get("/closed/plain", {{"x-key", "open"}})).body, "hello me");
  EXPECT_EQ(client.answer(client.post("/closed/echo", "body", {{"x-key", "open"}})).body, "body");
  EXPECT_EQ(client.answer(client.post("/closed/upload", "abc", {{"x-key", "open"}})).body, "3 bytes, last 'c'");
  const auto& unread = client.answer(client.post("/closed/echo", "body"));
  EXPECT_EQ(unread.status, 403);
}

// What only HTTP/1 knows is left out of an answer, as is what is malformed.
TEST_F(Http2Requests, FieldsOfAnswers) {
  start();
  auto client = connect();
  const auto& got = client.answer(client.get("/odd"));
  expect_answer(got, 200);
  EXPECT_EQ(got.field("x-mixed-case"), "Kept");
  for (const auto* name : {"connection", "upgrade", "bad", "b"}) EXPECT_EQ(got.field(name), "") << name;
}

// An answer larger than the windows goes on as the client opens them, and many share the connection.
TEST_F(Http2Requests, LargeAnswers) {
  start();
  auto client = connect();
  std::vector<std::uint32_t> streams;
  for (int i = 0; i < 10; ++i) streams.push_back(client.get("/large"));
  for (const auto stream : streams) EXPECT_EQ(client.answer(stream).body.size(), 300'000U);
}

// More requests than may be open at a time, from a client that doesn't know the limit yet: what is over it is refused.
TEST_F(Http2Requests, MoreThanMayBeOpen) {
  setting how;
  how.limits.max_streams = 4;
  start(how);
  auto client = connect();
  std::vector<std::uint32_t> streams;
  for (int i = 0; i < 6; ++i) streams.push_back(client.get("/held"));
  std::size_t refused = 0;
  for (int i = 4; i < 6; ++i) {
    const auto& got = client.answer(streams[static_cast<std::size_t>(i)]);
    refused += got.reset == std::uint32_t{NGHTTP2_REFUSED_STREAM};
  }
  EXPECT_EQ(refused, 2U);
  door.open();
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(client.answer(streams[i]).body, "passed");
}

// A client that resets a stream cancels its handler, and the connection goes on.
TEST_F(Http2Requests, Reset) {
  start();
  auto client = connect();
  const auto held = client.get("/held");
  ASSERT_TRUE(door.reached());
  client.reset(held);
  EXPECT_TRUE(app->reaches("idle"));
  expect_answer(client.answer(client.get("/hello")), 200);
}

// A client that closes its side is still owed its answers.
TEST_F(Http2Requests, HalfClosed) {
  start();
  auto client = connect();
  const auto held = client.get("/held");
  ASSERT_TRUE(door.reached());
  client.raw().half_close();
  door.open();
  EXPECT_EQ(client.answer(held).body, "passed");
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// What such a client has only begun to send is given up at once: the rest never comes, neither to a handler that reads
// it nor to one that gets it whole.
TEST_F(Http2Requests, HalfClosedInABody) {
  start();
  auto client = connect();
  const auto held = client.get("/held");
  std::vector<std::uint32_t> begun;
  for (const std::string path : {"/upload", "/echo"}) {
    begun.push_back(client.request("POST", path, {}, false));
    client.data(begun.back(), "half", false);
  }
  ASSERT_TRUE(door.reached());
  client.raw().half_close();
  for (const auto stream : begun) EXPECT_TRUE(client.answer(stream, soon).reset.has_value());
  door.open();
  EXPECT_EQ(client.answer(held).body, "passed");
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// So is one that says that it goes away.
TEST_F(Http2Requests, ClientGoesAway) {
  start();
  auto client = connect();
  const auto held = client.get("/held");
  ASSERT_TRUE(door.reached());
  client.send_frame(NGHTTP2_GOAWAY, 0, 0, big_endian(0) + big_endian(NGHTTP2_NO_ERROR));
  door.open();
  EXPECT_EQ(client.answer(held).body, "passed");
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// A client that resets its connection cancels all its handlers.
TEST_F(Http2Requests, ConnectionReset) {
  start();
  auto client = connect();
  for (int i = 0; i < 3; ++i) client.get("/held");
  ASSERT_TRUE(door.reached(3));
  client.raw().reset();
  EXPECT_TRUE(eventually(ample, [&] { return app->server().activity().connections == 0; }));
}

}  // namespace
}  // namespace sundown::test
