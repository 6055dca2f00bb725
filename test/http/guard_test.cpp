// The router's guard: asked once the head is there, before the body.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// Only with the right name; "wait" waits at the gate.
task<std::optional<http::response>> let_in(const http::request& asked, gate& at) {
  std::optional<http::response> refusal;
  if (asked.header("x-wait") == "yes") co_await at.pass();
  if (asked.header("x-fail") == "yes") throw std::runtime_error("secret");
  if (asked.header("authorization") != "me") refusal = http::problem(401, "Who are you?");
  co_return refusal;
}

/// Its guard waits and lets it in; its body is still to come.
constexpr std::string_view waiting_post =
    "POST /echo HTTP/1.1\r\nHost: a\r\nAuthorization: me\r\nX-Wait: yes\r\nContent-Length: 4\r\n\r\n";

class Guarded : public testing::Test {
 protected:
  void routes(http::router& to) {
    basic_routes(to);
    to.guarded_by([this](const http::request& asked) { return let_in(asked, door); });
  }

  gate door;
  serving app{[this](http::router& to) { routes(to); }};

  static std::string head(std::string_view target, std::string_view more) {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
  }
};

// Who is not let in is told so before his body: plain handlers, coroutines and uploads alike, with or without a length.
TEST_F(Guarded, RefusesBeforeTheBody) {
  for (const auto* target : {"/echo", "/upload"}) {
    for (const auto* length : {"Content-Length: 1000000\r\n", "Transfer-Encoding: chunked\r\n"}) {
      auto client = app.send(head(target, length));
      const auto answer = client.read_response();
      EXPECT_EQ(answer.status, 401) << target << answer.describe();
      EXPECT_TRUE(answer.says_close());
      EXPECT_THAT(answer.body, HasSubstr("request_id"));
      EXPECT_EQ(client.send(std::string(200'000, 'x')), sending::sent) << "nothing is reset while it still sends";
      client.half_close();
      EXPECT_EQ(client.read_until_end(), ending::fin);
    }
  }
}

// Nobody is asked to go on with a body that nobody will read; who is let in is.
TEST_F(Guarded, BeforeContinue) {
  for (const auto* target : {"/echo", "/upload"}) {
    auto stranger = app.send(head(target, "Content-Length: 4\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(stranger.read_response().status, 401) << target;
    EXPECT_EQ(stranger.read_until_end(), ending::fin);

    auto client = app.send(head(target, "Authorization: me\r\nContent-Length: 4\r\nExpect: 100-continue\r\n"));
    ASSERT_TRUE(client.read_until("\r\n\r\n"));
    EXPECT_THAT(client.received(), StartsWith("HTTP/1.1 100 "));
    client.received() = {};
    client.send("body" + get("/hello", "Authorization: me\r\n"));
    EXPECT_EQ(client.read_response().status, 200) << target;
    EXPECT_EQ(client.read_response().body, "Hello, World!");
  }
}

// The guard is asked before a byte of the body is there, and while it thinks, nothing is answered.
TEST_F(Guarded, IsAskedWithTheHead) {
  auto client = app.send(head("/echo", "Authorization: me\r\nX-Wait: yes\r\nContent-Length: 4\r\n"));
  ASSERT_TRUE(door.reached());
  client.send("bo");
  EXPECT_EQ(client.read_some(1, 20ms), ending::timed_out);
  door.open();
  ASSERT_TRUE(app.reaches("body"));
  client.send("dy");
  EXPECT_EQ(client.read_response().body, "body");
}

// A refused request whose body has come whole ends nothing: the next one is answered, in order.
TEST_F(Guarded, PipelinedInOrder) {
  std::string all;
  const std::string in = "Authorization: me\r\n";
  all += get("/hello") + get("/say/one", in) + post("/echo", "refused body") + get("/hello", in);
  all += head("/echo", in + "Content-Length: 3\r\n") + "two" + head("/upload", "Content-Length: 3\r\n") + "xxx";
  all += head("/echo", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n0\r\n\r\n";
  all += get("/nowhere") + get("/say/end", in);
  for (const bool slowly : {false, true}) {
    auto client = app.connect();
    if (slowly) {
      client.send(get("/hello", in + "X-Wait: yes\r\n") + all);
      ASSERT_TRUE(door.reached());
      door.open();
      EXPECT_EQ(client.read_response().status, 200);
    } else {
      client.send(all);
    }
    std::string statuses;
    for (int i = 0; i < 9; ++i) statuses += std::to_string(client.read_response().status) + " ";
    EXPECT_EQ(statuses, "401 200 401 200 200 401 401 404 200 ");
  }
}

// A request that comes byte by byte is judged once, when its head is whole.
TEST_F(Guarded, ByteByByte) {
  auto client = app.connect();
  client.send_byte_by_byte(head("/echo", "Authorization: me\r\nContent-Length: 4\r\n") + "body");
  EXPECT_EQ(client.read_response().body, "body");
  client.send_byte_by_byte(head("/echo", "Authorization: me\r\nTransfer-Encoding: chunked\r\n") +
                           "2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n");
  EXPECT_EQ(client.read_response().body, "body");
}

// A guard that fails is 500, without its text, and the body is not waited for.
TEST_F(Guarded, FailingGuard) {
  const auto answer = app.ask(head("/echo", "X-Fail: yes\r\nContent-Length: 1000\r\n"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
}

// What a request is refused for without a guard, it is refused for before it: no guard hears of it.
TEST_F(Guarded, OtherRefusalsFirst) {
  EXPECT_EQ(app.ask(post("/json", "{}", "text/plain")).status, 415);
  EXPECT_EQ(app.ask(get("/nowhere")).status, 404);
  EXPECT_EQ(app.ask(head("/echo", "Content-Length: 99999999\r\n")).status, 413);
}

// A WebSocket is let in before its 101.
TEST_F(Guarded, WebSocket) {
  const std::string handshake =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  EXPECT_EQ(app.ask(get("/websocket", handshake)).status, 401);
  EXPECT_EQ(app.ask(get("/websocket", handshake + "Authorization: me\r\n")).status, 101);
}

/// The basic routes behind a guard that waits at this door.
auto routes_guarded_at(gate& door) {
  return [&door](http::router& to) {
    basic_routes(to);
    to.guarded_by([&door](const http::request& asked) { return let_in(asked, door); });
  };
}

// The time for a body begins when the guard has let it in.
TEST(GuardedSlowly, BodyTimeBeginsBehindTheGuard) {
  gate door;
  setting how;
  how.limits.body_grace = slack(2500ms);
  serving app(routes_guarded_at(door), how);
  auto client = app.send(waiting_post);
  ASSERT_TRUE(door.reached());
  EXPECT_EQ(client.read_some(1, slack(2600ms)), ending::timed_out);
  door.open();
  ASSERT_TRUE(app.reaches("body"));
  client.send("body");
  EXPECT_EQ(client.read_response().status, 200);
}

// In a stop a request that is let in still sends its body and is answered; one whose guard waits at the hard cancel
// hears 503.
TEST(GuardedStop, RunsToItsEnd) {
  gate door;
  setting how;
  serving app(routes_guarded_at(door), how);
  auto client = app.send(waiting_post);
  ASSERT_TRUE(door.reached());
  auto stop = app.begin_stop();
  door.open();
  ASSERT_TRUE(app.reaches("body"));
  client.send("body");
  const auto answer = client.read_response();
  EXPECT_EQ(answer.body, "body") << answer.describe();
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

TEST(GuardedStop, HardCancel) {
  gate door;
  setting how;
  how.plan.hard_cancel = slack(100ms);
  serving app(routes_guarded_at(door), how);
  auto waits = app.send("POST /echo HTTP/1.1\r\nHost: a\r\nX-Wait: yes\r\nContent-Length: 4\r\n\r\n");
  ASSERT_TRUE(door.reached());
  auto sends = app.send("POST /echo HTTP/1.1\r\nHost: a\r\nAuthorization: me\r\nContent-Length: 4\r\n\r\n");
  ASSERT_TRUE(app.reaches("body"));
  const auto end = app.begin_stop().get();
  EXPECT_EQ(waits.read_response().status, 503);
  EXPECT_EQ(sends.read_response().status, 503);
  EXPECT_EQ(end.did.refused, 2U);
}

// A guard that need not wait needs no coroutine.
TEST(GuardedPlainly, WithoutACoroutine) {
  serving app([](http::router& to) {
    basic_routes(to);
    to.guarded_by([](const http::request& asked) {
      std::optional<http::response> refusal;
      if (asked.path() == "/hello") refusal = http::problem(403, "Not this.");
      return refusal;
    });
  });
  EXPECT_EQ(app.ask(get("/hello")).status, 403);
  EXPECT_EQ(app.ask(get("/say/it")).body, "it");
}

}  // namespace
}  // namespace sundown::test
