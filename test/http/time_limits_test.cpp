// What may take how long while the service runs.
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "http/held_worker.hpp"

#include <algorithm>
#include <thread>

namespace sundown::test {
namespace {

/// Limits so short that they pass within the test; each test shortens the one it looks at.
setting with_limits(void (*shorten)(http_config&)) {
  setting how;
  shorten(how.limits);
  return how;
}

void expect_408(raw_client& client) {
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 408) << answer.describe();
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// Half a head is answered 408 when header_timeout has passed, even if bytes keep coming; not before.
TEST(TimeLimits, Head) {
  serving app(basic_routes, with_limits([](http_config& to) { to.header_timeout = slack(150ms); }));
  const auto sent_at = clock::now();
  auto silent = app.send("GET /hello HTTP/1.1\r\nHos");
  expect_408(silent);
  EXPECT_GE(between(sent_at, clock::now()), slack(140ms));

  auto slow = app.send("GET /hello HTTP/1.1\r\nX-Slow: ");
  const deadline end(ample);
  while (slow.read_some(1, 20ms) == ending::timed_out && !end.passed()) slow.send("x");
  expect_408(slow);
}

// Empty lines are no request: whole or in halves, they begin no header_timeout and extend no idle_timeout.
TEST(TimeLimits, EmptyLines) {
  for (const std::string line : {"\r\n", "\n\r"}) {
    serving app(basic_routes, with_limits([](http_config& to) {
                  to.header_timeout = 2 * ample;
                  to.idle_timeout = slack(400ms);
                }));
    auto client = app.send(line == "\n\r" ? "\r" : "");
    const auto begin = clock::now();
    for (int lines = 1; client.read_some(1, slack(40ms)) == ending::timed_out; ++lines) {
      if (lines < 30) client.send(line);  // more would be too many, for a worker that is late
    }
    EXPECT_EQ(client.read_until_end(), ending::fin);
    EXPECT_EQ(client.received(), "");
    EXPECT_LT(between(begin, clock::now()), soon);
  }
}

// There are not more than 32 of them; half a one is nothing that a client has begun and given up.
TEST(TimeLimits, ManyEmptyLines) {
  serving app(basic_routes);
  std::string lines;
  for (int i = 0; i < 32; ++i) lines += "\r\n";
  auto client = app.send(lines + get("/hello") + lines + get("/hello") + lines + "\r\n");
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().status, 400);
  EXPECT_EQ(client.read_until_end(), ending::fin);
  auto half = app.send(get("/hello") + "\r");
  EXPECT_EQ(half.read_response().status, 200);
  half.half_close();
  EXPECT_EQ(half.read_until_end(), ending::fin);
}

/// Lets limits pass while the worker is held, and sends the rest of each request just before the worker looks at its
/// limits. False if it has looked before that.
bool serves_what_came_while_held() {
  static constexpr auto limit = slack(500ms);
  held_worker worker;
  serving app(
      [&](http::router& to) {
        basic_routes(to);
        worker.add(to);
      },
      with_limits([](http_config& to) { to.header_timeout = to.body_grace = limit; }));
  auto head = app.connect(), body = app.connect(), upload = app.connect();
  const auto late = {&head, &body, &upload};
  EXPECT_TRUE(worker.hold(app));
  const std::string fields = " HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n";
  head.send("GET /hello HTTP/1.1\r\nHos");
  body.send("POST /echo" + fields + "half");
  upload.send("POST /upload" + fields + "half");
  EXPECT_TRUE(worker.settle());
  EXPECT_TRUE(app.reaches("head") && app.reaches("body", 2));
  std::this_thread::sleep_for(limit + 100ms);
  EXPECT_TRUE(worker.come_back());
  const bool in_time =
      std::ranges::all_of(late, [](auto* each) { return each->read_some(1, 0ms) == ending::timed_out; });
  head.send("t: a\r\n\r\n");
  for (auto* client : {&body, &upload}) client->send("half");
  for (auto* client : late) EXPECT_TRUE(eventually(ample, [&] { return client->unacknowledged() == 0; }));
  worker.release();
  if (!in_time) return false;
  for (auto* client : late) {
    const auto answer = client->read_response();
    EXPECT_EQ(answer.status, 200) << answer.describe();
  }
  return true;
}

// What a client has sent in time is in time, however late its worker comes to it.
TEST(TimeLimits, LateWorker) { expect_once_late(serves_what_came_while_held); }

// A second request has its own header_timeout: what the first one took is not counted.
TEST(TimeLimits, HeadOfTheNext) {
  gate door;
  serving app([&](http::router& to) { to.get("/held", [&](const http::request&) { return pass(door); }); },
              with_limits([](http_config& to) { to.header_timeout = slack(2s); }));
  auto client = app.send(get("/held") + "GET /he");
  ASSERT_TRUE(door.reached());
  EXPECT_EQ(client.read_some(1, slack(2100ms)), ending::timed_out);  // longer than header_timeout, in the handler
  door.open();
  EXPECT_EQ(client.read_response().status, 200);
  client.send("ld HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 200);
}

// A body slower than body_rate is answered 408 once body_grace has passed; a handler that reads it sees an error.
TEST(TimeLimits, BodyRate) {
  serving app(basic_routes, with_limits([](http_config& to) {
                to.body_grace = slack(150ms);
                to.body_rate = 1 << 20;
              }));
  for (const auto* target : {"/echo", "/upload"}) {
    auto client = app.send("POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
    expect_408(client);
  }
}

// Without a body_rate any rate will do, but not a silence as long as idle_timeout.
TEST(TimeLimits, BodyWithoutRate) {
  serving app(basic_routes, with_limits([](http_config& to) {
                to.body_grace = 10ms;
                to.body_rate = 0;
                to.idle_timeout = slack(2500ms);
              }));
  auto client = app.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n");
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(client.read_some(1, slack(400ms)), ending::timed_out);
    client.send("x");
  }
  expect_408(client);
}

// A connection without a request is closed in order after idle_timeout, before its first request as after it.
TEST(TimeLimits, Idle) {
  serving app(basic_routes, with_limits([](http_config& to) { to.idle_timeout = slack(2s); }));
  auto fresh = app.connect();
  auto used = app.send(get("/hello"));
  EXPECT_EQ(used.read_response().status, 200);
  EXPECT_EQ(fresh.read_until_end(), ending::fin);
  EXPECT_EQ(used.read_until_end(), ending::fin);
  EXPECT_EQ(used.received(), "");
}

// A client that reads nothing of its answer is cut after stall_limit, and the server is rid of it.
TEST(TimeLimits, StalledReader) {
  serving app(
      [](http::router& to) { to.get("/large", [](const http::request&) { return text(std::string(16 << 20, 'l')); }); },
      with_limits([](http_config& to) { to.stall_limit = slack(200ms); }));
  auto client = app.connect(4 << 10);
  client.send(get("/large"));
  ASSERT_TRUE(eventually(ample, [&] { return app.server().figures().cut == 1; }));
  EXPECT_EQ(client.read_until_end(), ending::rst);
  EXPECT_LT(client.received().size(), 16U << 20);
}

// A client that reads slowly, but reads, is never cut.
TEST(TimeLimits, SlowReader) {
  serving app(
      [](http::router& to) { to.get("/large", [](const http::request&) { return text(std::string(8 << 20, 'l')); }); },
      with_limits([](http_config& to) { to.stall_limit = slack(2500ms); }));
  auto client = app.connect(4 << 10);
  client.send(get("/large"));
  // For longer than the stall limit only a little now and then.
  const deadline slow_until(slack(3s));
  while (!slow_until.passed()) {
    ASSERT_EQ(client.read_some(2 << 10), ending::open);
    eventually(slack(20ms), [] { return false; });  // it is the pace that is tested, nothing is waited for
  }
  const auto answer = client.read_response(2 * ample);
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(answer.body.size(), 8U << 20);
}

// A client that never closes its side is waited for as long as `linger`, then closed.
TEST(TimeLimits, Linger) {
  serving app(basic_routes, with_limits([](http_config& to) { to.linger = slack(100ms); }));
  auto client = app.send(get("/hello", "Connection: close\r\n"));
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_TRUE(eventually(ample, [&] { return app.server().activity().connections == 0; }));
}

}  // namespace
}  // namespace sundown::test
