// The stop's own limits: who is cancelled, cut or left behind, and that it ends in time.
#include "http/expect.hpp"
#include "http/fixture.hpp"
#include "http/handlers.hpp"

namespace sundown::test {
namespace {

setting with_hard_cancel(milliseconds at, milliseconds end) {
  setting how;
  how.plan.idle_grace = how.plan.header_grace = ample;
  how.plan.hard_cancel = slack(at);
  how.plan.drain = slack(end);
  return how;
}

void expect_503(raw_client& client) {
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 503) << answer.describe();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_TRUE(answer.says_close()) << answer.describe();
  EXPECT_TRUE(answer.field("retry-after")) << answer.describe();
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

task<http::response> hold_uncancellable(gate& at) {
  co_await at.pass_at_all_costs();
  co_return text("at last");
}

// At hard_cancel every request without a head of its answer gets 503 and is named: a handler that waits, a body and a
// head that are half there.
TEST(DrainLimits, HardCancel) {
  gate door;
  serving app(
      [&](http::router& to) {
        basic_routes(to);
        to.get("/held", [&](const http::request&) { return pass(door); });
      },
      with_hard_cancel(200ms, 8s));
  auto handler = app.send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto body = app.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf");
  auto streamed = app.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf");
  auto head = app.send("GET /hello HTTP/1.1\r\nHos");
  ASSERT_TRUE(app.reaches("body", 2));
  ASSERT_TRUE(app.reaches("head"));
  auto stop = app.begin_stop();
  for (auto* client : {&handler, &body, &streamed, &head}) expect_503(*client);
  const auto end = stop.get();
  EXPECT_GE(end.took, slack(190ms));
  EXPECT_LT(end.took, soon);
  EXPECT_EQ(end.did.refused, 4U);
  for (const auto* what : {"GET /held", "POST /echo", "POST /upload", "(head)"}) {
    EXPECT_EQ(end.why_cut(what), "hard_cancel") << what;
  }
}

// Empty lines in the stop: the connection is idle, has its idle_grace and no more, and is no work that is cut.
TEST(DrainLimits, EmptyLines) {
  setting how;
  how.plan.header_grace = 2 * ample;
  how.plan.idle_grace = slack(400ms);
  serving app(basic_routes, how);
  auto dripping = app.send("\r");
  ASSERT_EQ(app.ask(get("/hello")).status, 200);
  auto stop = app.begin_stop();
  for (int lines = 1; dripping.read_some(1, slack(40ms)) == ending::timed_out; ++lines) {
    if (lines < 30) dripping.send("\n\r");  // more would be too many, for a worker that is late
  }
  EXPECT_EQ(dripping.read_until_end(), ending::fin);
  EXPECT_EQ(dripping.received(), "");
  const auto end = stop.get();
  EXPECT_TRUE(end.did.cut.empty());
  EXPECT_LT(end.took, soon);
}

// A request behind them is answered.
TEST(DrainLimits, BehindEmptyLines) {
  setting how;
  how.plan.idle_grace = how.plan.header_grace = ample;
  serving app(basic_routes, how);
  auto asking = app.send("\r\n\r");
  ASSERT_TRUE(app.reaches("fresh"));
  auto stop = app.begin_stop();
  asking.send("\n\r\n" + get("/hello"));
  expect_last(asking);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// A request that waited behind another in the pipeline is refused as well, and not begun after the hard cancel.
TEST(DrainLimits, NothingBeginsAfterHardCancel) {
  gate door, second;
  serving app(
      [&](http::router& to) {
        to.get("/stubborn", [&](const http::request&) { return hold_uncancellable(door); });
        to.get("/second", [&](const http::request&) { return pass(second); });
      },
      with_hard_cancel(200ms, 8s));
  auto client = app.send(get("/stubborn") + get("/second"));
  ASSERT_TRUE(door.reached());
  auto stop = app.begin_stop();
  ASSERT_EQ(stop.wait_for(slack(400ms)), std::future_status::timeout);
  door.open();
  EXPECT_EQ(client.read_response().status, 200);
  expect_503(client);
  const auto end = stop.get();
  EXPECT_LT(end.took, soon + slack(2s)) << "the second request held up the drain";
}

// A handler that is cancelled and still answers gives its own answer.
TEST(DrainLimits, CancelledHandlerMayAnswer) {
  gate door;
  serving app(
      [&](http::router& to) {
        to.get("/partial", [&](const http::request&) {
          return [](gate& at) -> task<http::response> {
            try {
              co_await at.pass();
            } catch (const boost::system::system_error&) {
            }
            co_return text("what I have");
          }(door);
        });
      },
      with_hard_cancel(100ms, 8s));
  auto client = app.send(get("/partial"));
  ASSERT_TRUE(door.reached());
  auto stop = app.begin_stop();
  const auto answer = client.read_response();
  EXPECT_EQ(answer.body, "what I have");
  EXPECT_TRUE(answer.says_close());
  const auto end = stop.get();
  EXPECT_EQ(end.did.refused, 0U);
  EXPECT_TRUE(end.did.cut.empty());
}

// A handler sees the soft token, then the hard one, and how much time is left.
TEST(DrainLimits, HandlersSeeTheStop) {
  gate door;
  std::optional<http::stop_view> view;
  serving app(
      [&](http::router& to) {
        to.get("/held", [&](const http::request& asked) {
          view = asked.stop();
          return pass(door);
        });
      },
      with_hard_cancel(300ms, 8s));
  auto client = app.send(get("/held"));
  ASSERT_TRUE(door.reached());
  EXPECT_FALSE(view->draining());
  EXPECT_EQ(view->remaining(), plan_of_tests().total);
  app.announce();
  EXPECT_TRUE(view->draining());
  EXPECT_FALSE(view->hard().stop_requested());  // which the drain does
  auto stop = app.begin_stop();
  EXPECT_TRUE(eventually(ample, [&] { return view->remaining() < plan_of_tests().total; }));
  EXPECT_TRUE(eventually(ample, [&] { return view->hard().stop_requested(); }));
  stop.get();
}

// What is left at drain_end is reset and named; drain() returns then, even if a handler ignores its cancellation.
TEST(DrainLimits, DrainEnd) {
  gate door;
  serving app(
      [&](http::router& to) { to.get("/stubborn", [&](const http::request&) { return hold_uncancellable(door); }); },
      with_hard_cancel(100ms, 300ms));
  auto client = app.send(get("/stubborn"));
  ASSERT_TRUE(door.reached());
  const auto end = app.begin_stop().get();
  EXPECT_GE(end.took, slack(290ms));
  EXPECT_LT(end.took, slack(300ms) + soon);
  EXPECT_NE(end.why_cut("GET /stubborn"), "");
  door.open();
  EXPECT_EQ(client.read_until_end(), ending::rst);
  EXPECT_EQ(client.received(), "");
}

// A worker that a handler blocks can't be asked: its requests are named as stuck, those of the other worker are
// drained, and drain() returns in time.
TEST(DrainLimits, BlockedWorker) {
  gate blocked, door;
  auto how = with_hard_cancel(1500ms, 2s);
  how.workers = 2;
  serving app(
      [&](http::router& to) {
        basic_routes(to);
        to.get("/blocks", [&](const http::request&) {
          blocked.block();
          return text("woken");
        });
        to.get("/held", [&](const http::request&) { return pass(door); });
      },
      how);
  auto stuck = app.send(get("/blocks"));
  ASSERT_TRUE(blocked.reached());
  // Which worker a connection goes to is the kernel's choice: as many as it takes for one on the other worker.
  std::vector<raw_client> others;
  const deadline limit(ample);
  do {
    others.push_back(app.send(get("/hello")));
  } while (others.back().read_some(1, 50ms) == ending::timed_out && !limit.passed());
  auto& served = others.back();
  EXPECT_EQ(served.read_response().status, 200);
  served.send(get("/held"));
  ASSERT_TRUE(door.reached());
  const auto now = app.server().activity();
  EXPECT_GE(now.requests, 2U);
  const auto is_blocks = [](const auto& one) { return one.what == "GET /blocks"; };
  EXPECT_EQ(std::count_if(now.longest.begin(), now.longest.end(), is_blocks), 1) << "a look needs no worker";
  // The drain begins when that one is through: however late this thread is, the hard cancel is not before.
  app.announce();
  door.open();
  EXPECT_EQ(served.read_response().body, "passed");
  const auto end = app.drain();
  EXPECT_LT(end.took, slack(2s) + soon);
  EXPECT_EQ(end.why_cut("GET /blocks"), "stuck");
  EXPECT_EQ(end.why_cut("GET /held"), "");
  blocked.open();
}

// abort() resets every connection now, for the reason that it is given, and drain() has nothing left to wait for.
TEST(DrainLimits, Abort) {
  gate door;
  serving app([&](http::router& to) {
    basic_routes(to);
    to.get("/held", [&](const http::request&) { return pass(door); });
  });
  auto held = app.send(get("/held"));
  auto fresh = app.connect();
  ASSERT_TRUE(door.reached());
  ASSERT_TRUE(app.reaches("fresh"));
  auto stop = app.begin_stop();
  app.server().abort("a test");
  const auto end = stop.get();
  EXPECT_LT(end.took, soon);
  EXPECT_EQ(end.why_cut("GET /held"), "a test");
  for (auto* client : {&held, &fresh}) EXPECT_EQ(client->read_until_end(), ending::rst);
}

}  // namespace
}  // namespace sundown::test
