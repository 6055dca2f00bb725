// Answers that end only when they are told: streams and WebSockets in a stop.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <gmock/gmock.h>

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>

namespace sundown::test {
namespace {

using testing::EndsWith;
using testing::StartsWith;

raw_client open_websocket(const serving& app) {
  auto client = app.send(get("/websocket",
                             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  EXPECT_EQ(client.read_response().status, 101);
  EXPECT_TRUE(app.reaches("websocket"));
  return client;
}

task<> never_ends(http::response_stream& out, gate& at) {
  auto head = text({});
  co_await out.start_endless(std::move(head));
  co_await out.write("on and on");
  co_await at.pass();
}

task<> pause_between(http::response_stream& out, gate& at) {
  auto head = text({});
  co_await out.start(std::move(head));
  co_await out.write("first ");
  co_await at.pass();
  co_await out.write("last");
}

// A stream that waits is woken by the stop at once: its last event, a proper end, FIN.
TEST(DrainStreams, SaysBye) {
  serving app(basic_routes);
  auto client = app.send(get("/events"));
  ASSERT_TRUE(client.read_until("data: first"));
  auto stop = app.begin_stop();
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_THAT(answer.body, EndsWith("event: bye\n\n"));
  EXPECT_EQ(client.read_until_end(), ending::fin);
  const auto end = stop.get();
  EXPECT_LT(end.took, soon);
  EXPECT_EQ(end.did.completed, 1U);
  EXPECT_TRUE(end.did.cut.empty());
}

// A stream that begins during the stop says close in its head and ends by itself.
TEST(DrainStreams, BegunDuringTheStop) {
  serving app(basic_routes);
  auto client = app.connect();
  ASSERT_TRUE(app.reaches("fresh"));
  auto stop = app.begin_stop();
  client.send(get("/events"));
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_TRUE(answer.says_close());
  EXPECT_THAT(answer.body, EndsWith("event: bye\n\n"));
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// A stream that doesn't end is torn at stream_grace and named.
TEST(DrainStreams, GraceCutsTheEndless) {
  gate door;
  setting how;
  how.plan.stream_grace = slack(200ms);
  serving app(
      [&](http::router& to) {
        to.get("/endless", [&](const http::request&, http::response_stream& out) { return never_ends(out, door); });
      },
      how);
  auto client = app.send(get("/endless"));
  ASSERT_TRUE(door.reached());
  const auto end = app.begin_stop().get();
  EXPECT_GE(end.took, slack(190ms));
  EXPECT_LT(end.took, soon);
  EXPECT_EQ(end.why_cut("GET /endless"), "stream_grace");
  EXPECT_FALSE(client.read_response().whole());
}

// A chunked answer that has an end of its own is no endless stream: it is let finish.
TEST(DrainStreams, OwnEndIsReached) {
  gate door;
  setting how;
  how.plan.stream_grace = slack(50ms);
  serving app(
      [&](http::router& to) {
        to.get("/chunks", [&](const http::request&, http::response_stream& out) { return pause_between(out, door); });
      },
      how);
  auto client = app.send(get("/chunks"));
  ASSERT_TRUE(door.reached());
  auto stop = app.begin_stop();
  EXPECT_EQ(stop.wait_for(slack(200ms)), std::future_status::timeout);
  door.open();
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(answer.body, "first last");
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// A WebSocket gets 1001; the client's close is awaited, then the connection ends in order.
TEST(DrainStreams, WebSocketGoesAway) {
  serving app(basic_routes);
  auto client = open_websocket(app);
  auto stop = app.begin_stop();
  ASSERT_TRUE(client.read_until("\x03\xE9"));
  EXPECT_THAT(client.received(), StartsWith("\x88"));
  EXPECT_EQ(stop.wait_for(slack(100ms)), std::future_status::timeout) << "the client has not closed yet";
  client.send({"\x88\x82\0\0\0\0\x03\xE9", 8});
  EXPECT_EQ(client.read_until_end(), ending::fin);
  const auto end = stop.get();
  EXPECT_TRUE(end.did.cut.empty());
}

// A client that never closes its WebSocket has websocket_grace, and then FIN: it has had its close frame, nothing is
// cut.
TEST(DrainStreams, SilentWebSocket) {
  setting how;
  how.plan.websocket_grace = slack(200ms);
  serving app(basic_routes, how);
  auto client = open_websocket(app);
  auto stop = app.begin_stop();
  EXPECT_EQ(client.read_until_end(), ending::fin);
  const auto end = stop.get();
  EXPECT_GE(end.took, slack(190ms));
  EXPECT_LT(end.took, soon);
  EXPECT_TRUE(end.did.cut.empty());
}

/// A client that keeps sending one frame on its WebSocket, beside the test.
class sending_websocket {
 public:
  sending_websocket(const serving& app, std::string_view frame, bool reads)
      : client_(open_websocket(app)), frame_(frame), reads_(reads), thread_([this] { run(); }) {}
  sending_websocket(const sending_websocket&) = delete;
  sending_websocket& operator=(const sending_websocket&) = delete;
  ~sending_websocket() {
    done_ = true;
    thread_.join();
  }

  /// Whether it has sent all that the buffers on the way take, or a thousand frames.
  bool floods() const { return floods_; }

 private:
  void run() {
    std::string many;
    for (int i = 0; i < 1000; ++i) many += frame_;
    for (std::size_t at = 0; !done_;) {
      const auto sent = ::send(client_.handle(), many.data() + at, many.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN) return;
      if (sent > 0) at += static_cast<std::size_t>(sent);
      if (sent < 0 || at == many.size()) floods_ = true;
      at %= many.size();
      std::array<char, 64 << 10> nowhere;
      if (reads_) (void)::recv(client_.handle(), nowhere.data(), nowhere.size(), MSG_DONTWAIT);
    }
  }

  raw_client client_;
  const std::string frame_;
  const bool reads_;
  std::atomic<bool> done_{false}, floods_{false};
  std::thread thread_;
};

constexpr std::string_view ping("\x89\x80\0\0\0\0", 6), small_message("\x82\x82\0\0\0\0ab", 8);

// A client that never stops sending has websocket_grace as well, whether or not it reads.
TEST(DrainStreams, WebSocketThatKeepsSending) {
  for (const auto frame : {ping, small_message}) {
    for (const bool reads : {true, false}) {
      SCOPED_TRACE(reads);
      setting how;
      how.plan.websocket_grace = how.plan.stall_limit = slack(200ms);
      serving app(basic_routes, how);
      const sending_websocket client(app, frame, reads);
      ASSERT_TRUE(eventually(ample, [&] { return client.floods(); }));
      const auto end = app.begin_stop().get();
      EXPECT_LT(end.took, soon);
      EXPECT_TRUE(end.did.cut.empty());
    }
  }
}

// Nor does it survive the drain's end, or a fast stop.
TEST(DrainStreams, WebSocketThatKeepsSendingIsAborted) {
  for (const auto frame : {ping, small_message}) {
    for (const bool fast : {true, false}) {
      SCOPED_TRACE(fast);
      setting how;
      how.plan.hard_cancel = slack(100ms);
      how.plan.drain = fast ? ample : slack(200ms);
      serving app(basic_routes, how);
      const sending_websocket client(app, frame, true);
      ASSERT_TRUE(eventually(ample, [&] { return client.floods(); }));
      auto stop = app.begin_stop();
      if (fast) app.server().abort("fast stop");
      const auto end = stop.get();
      EXPECT_LT(end.took, soon);
      EXPECT_EQ(end.why_cut("GET /websocket"), fast ? "fast stop" : "drain");
    }
  }
}

// During the stop no WebSocket is opened any more: 503, try elsewhere.
TEST(DrainStreams, NoNewWebSocket) {
  serving app(basic_routes);
  auto client = app.connect();
  ASSERT_TRUE(app.reaches("fresh"));
  auto stop = app.begin_stop();
  client.send(get("/websocket",
                  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.says_close());
  EXPECT_TRUE(answer.field("retry-after"));
  EXPECT_TRUE(stop.get().did.cut.empty());
}

}  // namespace
}  // namespace sundown::test
