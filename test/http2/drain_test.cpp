// The stop as HTTP/2 says it (RFC 9113 §6.8): GOAWAY with the highest id and a PING at once, service until the PING is
// acknowledged, GOAWAY with the last stream, the end.
#include "http/held_worker.hpp"
#include "http2/fixture.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace sundown::test {
namespace {

class Http2Drain : public Http2 {
 protected:
  void add(http::router& to) override {
    to.get("/large", [](const http::request&) { return text(std::string(300'000, 'l')); });
    to.get("/endless", [](const http::request&, http::response_stream& out) { return deaf(out); });
  }

  /// Reads until the stop has been announced to this client.
  static void expect_announcement(frame_client& client) {
    EXPECT_TRUE(client.read_until([&] { return !client.pings.empty() && !client.goaways.empty(); }));
    ASSERT_FALSE(client.goaways.empty());
    EXPECT_EQ(client.goaways.front().last, highest_stream);
    EXPECT_EQ(client.goaways.front().code, std::uint32_t{NGHTTP2_NO_ERROR});
  }

  /// Lets idle_grace pass while the worker is held, and sends a request just before the worker looks at it. False if it
  /// has looked before that.
  static bool serves_what_came_while_held() {
    static constexpr auto grace = slack(500ms);
    held_worker worker;
    setting how;
    how.http2 = &http2::by_nghttp2();
    how.plan.idle_grace = grace;
    serving app(
        [&](http::router& to) {
          basic_routes(to);
          worker.add(to);
        },
        how);
    frame_client client(app.where());
    client.acknowledges_ping = false;
    expect_answer(client.answer(client.get("/hello")), 200);
    EXPECT_TRUE(app.reaches("idle"));
    EXPECT_TRUE(worker.hold(app));
    auto stop = app.begin_stop();
    EXPECT_TRUE(worker.settle());
    expect_announcement(client);
    std::this_thread::sleep_for(grace + 100ms);
    EXPECT_TRUE(worker.come_back());
    const bool in_time = client.raw().read_some(1, 0ms) == ending::timed_out;
    const auto late = client.get("/hello");
    EXPECT_TRUE(eventually(ample, [&] { return client.raw().unacknowledged() == 0; }));
    worker.release();
    if (!in_time) return false;
    expect_answer(client.answer(late), 200);
    expect_farewell(client, late);
    EXPECT_TRUE(stop.get().did.cut.empty());
    return true;
  }

 private:
  /// An endless stream whose handler doesn't look at the stop.
  static task<> deaf(http::response_stream& out) {
    co_await out.start_endless(text({}));
    for (;;) {
      const auto sent = co_await out.write("tick ");
      if (!sent) co_return;
      boost::asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor> pause(
          co_await asio::this_coro::executor, 5ms);
      co_await pause.async_wait(as_result);
    }
  }
};

// An idle client hears of the stop at once, and its connection ends as soon as it has acknowledged the PING: no grace
// is waited for.
TEST_F(Http2Drain, Idle) {
  setting how;
  how.plan.idle_grace = ample;
  start(how);
  auto client = connect();
  expect_answer(client.answer(client.get("/hello")), 200);
  auto stop = app->begin_stop();
  expect_announcement(client);
  expect_farewell(client, 1);
  const auto end = stop.get();
  EXPECT_LT(end.took, soon);
  EXPECT_TRUE(end.did.cut.empty());
}

// A connection that has not asked yet is told when it has: a client that hears of the stop before gives up what it had
// connected for.
TEST_F(Http2Drain, WithoutARequest) {
  setting how;
  how.plan.idle_grace = ample;
  start(how);
  auto client = connect();
  client.acknowledges_ping = false;
  ASSERT_TRUE(app->reaches("idle"));
  auto stop = app->begin_stop();
  expect_answer(client.answer(client.get("/hello")), 200);
  expect_announcement(client);
  client.acknowledge(client.pings.front());
  client.acknowledges_ping = true;
  expect_farewell(client, 1);
  EXPECT_EQ(stop.get().did.completed, 1U);
}

// What is sent until the acknowledgement is served: a client a round trip away loses nothing.
TEST_F(Http2Drain, LateRequests) {
  setting how;
  how.plan.idle_grace = ample;
  start(how);
  std::vector<frame_client> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(connect());
    clients.back().acknowledges_ping = false;
    expect_answer(clients.back().answer(clients.back().get("/hello")), 200);
  }
  ASSERT_TRUE(app->reaches("idle", 20));
  auto stop = app->begin_stop();
  for (auto& client : clients) expect_announcement(client);
  for (auto& client : clients) {
    const auto stream = client.post("/echo", "late");
    client.acknowledge(client.pings.front());
    client.acknowledges_ping = true;
    client.acknowledges_ping = true;
    EXPECT_EQ(client.answer(stream).body, "late");
    expect_farewell(client, stream);
  }
  const auto end = stop.get();
  EXPECT_EQ(end.did.completed, 20U);
  EXPECT_TRUE(end.did.cut.empty());
}

// A client that acknowledges nothing has idle_grace.
TEST_F(Http2Drain, NoAcknowledgement) {
  start();
  auto client = connect();
  client.acknowledges_ping = false;
  ASSERT_TRUE(app->reaches("idle"));
  auto stop = app->begin_stop();
  expect_farewell(client, 0);
  const auto end = stop.get();
  EXPECT_GE(end.took, slack(95ms));
  EXPECT_LT(end.took, soon);
}

// In ready_delay.min none of them is given up, whatever it has heard: a load balancer may not have looked yet.
TEST_F(Http2Drain, NobodyIsClosedInTheReadyDelay) {
  setting how;
  how.plan.ready_delay_min = how.plan.ready_delay_max = ample;
  start(how);
  auto fresh = connect(), used = connect();
  used.acknowledges_ping = false;
  expect_answer(used.answer(used.get("/hello")), 200);
  ASSERT_TRUE(app->reaches("idle", 2));
  app->announce();
  auto late = connect();
  expect_announcement(used);
  std::this_thread::sleep_for(slack(300ms));  // longer than any grace of this test
  for (auto* client : {&fresh, &used, &late}) expect_answer(client->answer(client->get("/hello")), 200);
}

// What a client has sent by the end of idle_grace is served, however late its worker comes to it: here the grace passes
// while the worker is held.
TEST_F(Http2Drain, LateWorker) { expect_once_late(serves_what_came_while_held); }

// A request that comes behind the last GOAWAY is not processed, and its client has been told so.
TEST_F(Http2Drain, TooLate) {
  start();
  auto client = connect();
  const auto held = client.get("/held");
  ASSERT_TRUE(door.reached());
  auto stop = app->begin_stop();
  EXPECT_TRUE(client.read_until([&] { return client.goaways.size() == 2; }));
  const auto late = client.get("/hello");
  door.open();
  EXPECT_EQ(client.answer(held).body, "passed");
  expect_farewell(client, held);
  EXPECT_FALSE(client.on(late).ended);
  EXPECT_EQ(stop.get().did.completed, 1U);
}

// Two hundred streams that are under way run to their end.
TEST_F(Http2Drain, InFlight) {
  setting how;
  how.limits.max_streams = 200;
  start(how);
  auto client = connect();
  std::vector<std::uint32_t> streams;
  for (int i = 0; i < 200; ++i) streams.push_back(client.get("/held"));
  ASSERT_TRUE(door.reached(200));
  auto stop = app->begin_stop();
  expect_announcement(client);
  door.open();
  for (const auto stream : streams) EXPECT_EQ(client.answer(stream).body, "passed");
  expect_farewell(client, streams.back());
  const auto end = stop.get();
  EXPECT_EQ(end.did.completed, 200U);
  EXPECT_TRUE(end.did.cut.empty());
}

// So do a body on its way and an answer that is being read.
TEST_F(Http2Drain, BodiesAndAnswers) {
  start();
  auto client = connect();
  client.opens_windows = false;
  const auto large = client.get("/large");
  const auto body = client.request("POST", "/upload", {}, false);
  client.data(body, "begun ", false);
  EXPECT_TRUE(client.read_until([&] { return client.on(large).body.size() == 65'535; }));
  auto stop = app->begin_stop();
  expect_announcement(client);
  client.data(body, "ended", true);
  client.opens_windows = true;
  client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(1 << 20));
  client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, large, big_endian(1 << 20));
  EXPECT_EQ(client.answer(large).body.size(), 300'000U);
  EXPECT_EQ(client.answer(body).body, "11 bytes, last 'd'");
  expect_farewell(client, body);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// A connection that changes over to HTTP/2 after the signal is told like all others.
TEST_F(Http2Drain, NewConnection) {
  setting how;
  how.plan.idle_grace = ample;
  start(how);
  frame_client client(app->where(), frame_client::silent{});
  ASSERT_TRUE(app->reaches("fresh"));
  auto stop = app->begin_stop();
  client.acknowledges_ping = false;
  client.send(preface);
  client.send_frame(NGHTTP2_SETTINGS, 0, 0, {});
  expect_answer(client.answer(client.get("/hello")), 200);
  expect_announcement(client);
  client.acknowledge(client.pings.front());
  client.acknowledges_ping = true;
  expect_farewell(client, 1);
  stop.get();
}

// Endless streams see the stop and say goodbye.
TEST_F(Http2Drain, Events) {
  start();
  auto client = connect();
  const auto stream = client.get("/events");
  EXPECT_TRUE(client.read_until([&] { return !client.on(stream).body.empty(); }));
  auto stop = app->begin_stop();
  EXPECT_EQ(client.answer(stream).body, "data: first\n\nevent: bye\n\n");
  expect_farewell(client, stream);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// One whose handler doesn't has stream_grace, and is named with its stream.
TEST_F(Http2Drain, StreamGrace) {
  setting how;
  how.plan.stream_grace = slack(100ms);
  start(how);
  auto client = connect();
  const auto stream = client.get("/endless");
  EXPECT_TRUE(client.read_until([&] { return !client.on(stream).body.empty(); }));
  auto stop = app->begin_stop();
  EXPECT_EQ(client.answer(stream).reset, std::uint32_t{NGHTTP2_CANCEL});
  expect_farewell(client, stream);
  const auto end = stop.get();
  EXPECT_EQ(end.why_cut("GET /endless, stream 1"), "stream_grace");
}

// A window that is never opened: stall_limit, named.
TEST_F(Http2Drain, WindowNeverOpened) {
  setting how;
  how.plan.stall_limit = slack(200ms);
  start(how);
  auto client = connect();
  client.opens_windows = false;
  const auto stream = client.get("/large");
  EXPECT_TRUE(client.read_until([&] { return client.on(stream).body.size() == 65'535; }));
  auto stop = app->begin_stop();
  EXPECT_EQ(client.answer(stream).reset, std::uint32_t{NGHTTP2_CANCEL});
  expect_farewell(client, stream);
  EXPECT_EQ(stop.get().why_cut("GET /large, stream 1"), "stall_limit");
}

// A client that reads nothing from its socket, too; its connection ends by a reset.
TEST_F(Http2Drain, SocketNeverRead) {
  setting how;
  how.plan.stall_limit = slack(200ms);
  start(how);
  auto client = connect({{"4", "2147483647"}}, 4096);
  client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(0x7fff0000));
  for (int i = 0; i < 40; ++i) client.get("/large");
  EXPECT_TRUE(eventually(ample, [&] { return client.raw().unacknowledged() == 0; }));
  ASSERT_TRUE(app->reaches("streams"));
  const auto end = app->begin_stop().get();
  EXPECT_EQ(end.why_cut("GET /large"), "stall_limit");
}

// A handler that doesn't end is cancelled at hard_cancel, and its client gets 503.
TEST_F(Http2Drain, HardCancel) {
  setting how;
  how.plan.hard_cancel = slack(150ms);
  start(how);
  auto client = connect();
  const auto held = client.get("/held");
  const auto body = client.request("POST", "/echo", {}, false);
  const auto read = client.request("POST", "/upload", {}, false);
  ASSERT_TRUE(eventually(ample, [&] { return app->server().activity().requests == 3; }));
  auto stop = app->begin_stop();
  for (const auto stream : {held, body, read}) {
    const auto& got = client.answer(stream);
    EXPECT_EQ(got.status, 503);
    EXPECT_EQ(got.field("retry-after"), "1");
  }
  expect_farewell(client, read);
  const auto end = stop.get();
  EXPECT_EQ(end.did.refused, 3U);
  EXPECT_EQ(end.why_cut("GET /held, stream 1"), "hard_cancel");
  EXPECT_EQ(end.why_cut("POST /echo, stream 3"), "hard_cancel");
}

// One that doesn't obey is named at the drain's end.
TEST_F(Http2Drain, Stubborn) {
  setting how;
  how.plan.hard_cancel = slack(50ms);
  how.plan.drain = slack(200ms);
  start(how);
  auto client = connect();
  client.get("/stubborn");
  ASSERT_TRUE(door.reached());
  const auto end = app->begin_stop().get();
  // A worker that is late, on a busy machine, has not reported by then.
  EXPECT_THAT(end.why_cut("GET /stubborn, stream 1"), testing::AnyOf("drain", "stuck"));
  door.open();
  EXPECT_NE(client.read_until_end(), ending::timed_out);
  EXPECT_TRUE(eventually(ample, [&] { return app->server().activity().connections == 0; }));
}

// Half a header block has header_grace; nothing was promised.
TEST_F(Http2Drain, HalfAHead) {
  start();
  auto client = connect();
  client.send_frame(NGHTTP2_HEADERS, 0, 1, client.block({{":method", "GET"}}));
  ASSERT_TRUE(app->reaches("streams"));
  auto stop = app->begin_stop();
  EXPECT_EQ(client.read_until_end(), ending::fin);
  const auto end = stop.get();
  EXPECT_LT(end.took, soon);
  EXPECT_TRUE(end.did.cut.empty());
}

// What is in flight is named by stream, method and route.
TEST_F(Http2Drain, Named) {
  start();
  auto client = connect();
  client.get("/hello");
  client.get("/held");
  ASSERT_TRUE(door.reached());
  EXPECT_TRUE(eventually(ample, [&] { return app->server().activity().requests == 1; }));
  const auto now = app->server().activity();
  EXPECT_EQ(now.connections, 1U);
  ASSERT_EQ(now.longest.size(), 1U);
  EXPECT_EQ(now.longest.front().what, "GET /held, stream 3");
  door.open();
}

}  // namespace
}  // namespace sundown::test
