// What a passed time limit leaves of a connection, and in the books. Every kind of handler over every protocol:
// test/tls/request_timeout_test.cpp.
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "http/logged.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr milliseconds brief = slack(150ms);
constexpr std::string_view wants_websocket =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
/// A close frame with 1001, going away; from the server, and from a client with a mask of zero.
constexpr std::string_view going_away("\x88\x02\x03\xe9", 4), goes_too("\x88\x82\0\0\0\0\x03\xe9", 8);

task<> wait_within(gate& at, http::response_stream& out) {
  auto head = text({});
  co_await out.start(std::move(head));
  co_await out.write("first");
  co_await at.pass();
}
task<std::optional<http::response>> check_waits(gate& at) {
  co_await at.pass();
  co_return std::nullopt;
}

class TimeLimitOfRequests : public testing::Test {
 protected:
  void start(setting how = {}) {
    how.limits.request_timeout = brief;
    app.emplace(
        [this](http::router& to) {
          http::route_options own;
          own.timeout = brief;
          basic_routes(to);
          to.get("/held", [this](const http::request&) { return pass(door); });
          to.get(
              "/within", [this](const http::request&, http::response_stream& out) { return wait_within(door, out); },
              own);
          to.get("/websocket-own", echo_messages, own);
          to.get_websocket("/websocket-checked", echo_messages,
                           [this](const http::request&, http::handshake&) { return check_waits(door); });
        },
        how);
  }

  gate door;
  std::optional<serving> app;
};

// The connection goes on behind the 503: what is pipelined is served.
TEST_F(TimeLimitOfRequests, TheConnectionGoesOn) {
  start();
  auto client = app->send(get("/held") + get("/hello"));
  const auto late = client.read_response();
  EXPECT_EQ(late.status, 503);
  EXPECT_FALSE(late.says_close());
  EXPECT_EQ(client.read_response().body, "Hello, World!");
  // Nor does the limit of one request reach the next.
  std::this_thread::sleep_for(2 * brief);
  client.send(get("/hello"));
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// The handshake of a WebSocket has a limit, an open one has none but the route's own.
TEST_F(TimeLimitOfRequests, OfWebSockets) {
  start();
  EXPECT_EQ(app->ask(get("/websocket-checked", wants_websocket)).status, 503);
  auto open = app->send(get("/websocket", wants_websocket));
  EXPECT_EQ(open.read_response().status, 101);
  EXPECT_EQ(open.read_some(1, 3 * brief), ending::timed_out);
}

// A WebSocket whose time is over is closed in order, with 1001.
TEST_F(TimeLimitOfRequests, ClosesWebSockets) {
  start();
  auto client = app->send(get("/websocket-own", wants_websocket));
  EXPECT_EQ(client.read_response().status, 101);
  EXPECT_TRUE(client.read_until(going_away));
  client.send(goes_too);
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_EQ(client.received(), going_away);
}

// One whose peer doesn't answer the close frame within websocket_grace is reset.
TEST_F(TimeLimitOfRequests, BreaksWebSocketsOff) {
  setting how;
  how.plan.websocket_grace = brief;
  start(how);
  auto client = app->send(get("/websocket-own", wants_websocket));
  EXPECT_EQ(client.read_response().status, 101);
  EXPECT_EQ(client.read_until_end(), ending::rst);
  EXPECT_TRUE(eventually(ample, [&] { return app->server().activity().connections == 0; }));
}

// The access log and the report of a stop name the limit; a request that was late before the stop is no part of it.
TEST_F(TimeLimitOfRequests, IsNamed) {
  logged log;
  setting how;
  how.access_log = true;
  how.plan.idle_grace = ample;
  start(how);
  log::set_level(log::level::error);
  EXPECT_EQ(app->ask(get("/held")).status, 503);
  app->send(get("/within")).read_until_end();
  auto late = app->connect();
  ASSERT_TRUE(app->reaches("fresh"));
  app->announce();
  late.send(get("/held"));  // its time is over in the stop, however late this thread is
  const auto end = app->drain();
  EXPECT_EQ(end.why_cut("GET /held"), "request_timeout");
  EXPECT_EQ(end.did.cut.size(), 1U);
  EXPECT_TRUE(late.read_response().says_close());
  EXPECT_EQ(app->server().figures().cut, 3U);
  app.reset();
  const auto lines = log.lines();
  EXPECT_THAT(lines, Contains(testing::AllOf(HasSubstr("GET /held 503"), HasSubstr(" cut=request_timeout"))).Times(2));
  EXPECT_THAT(lines, Contains(testing::AllOf(HasSubstr("GET /within 200"), HasSubstr(" cut=request_timeout"))));
}

}  // namespace
}  // namespace sundown::test
