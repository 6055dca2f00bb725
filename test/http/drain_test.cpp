// The stop, by what a connection is doing: what its client sees, and what the summary says.
#include "http/expect.hpp"
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <poll.h>

#include <thread>

namespace sundown::test {
namespace {

class Drain : public testing::Test {
 protected:
  void routes(http::router& to) {
    basic_routes(to);
    to.get("/held", [this](const http::request&) { return pass(door); });
  }
  void start(setting how = {}) {
    app.emplace([this](http::router& to) { routes(to); }, how);
  }

  gate door;
  std::optional<serving> app;
};

// Without connections there is nothing to wait for.
TEST_F(Drain, Nothing) {
  start();
  const auto end = app->begin_stop().get();
  EXPECT_LT(end.took, soon);
  EXPECT_EQ(end.did.completed, 0U);
  EXPECT_TRUE(end.did.cut.empty());
}

// A connection without a byte has idle_grace for its first request, which is answered.
TEST_F(Drain, Fresh) {
  setting how;
  how.plan.idle_grace = ample;
  start(how);
  auto late = app->connect();
  ASSERT_TRUE(app->reaches("fresh"));
  auto stop = app->begin_stop();
  late.send(get("/hello"));
  expect_last(late);
  const auto end = stop.get();
  EXPECT_EQ(end.did.completed, 1U);
  EXPECT_TRUE(end.did.cut.empty());
}

// So has one between two requests.
TEST_F(Drain, Idle) {
  setting how;
  how.plan.idle_grace = ample;
  start(how);
  auto late = app->send(get("/hello"));
  EXPECT_FALSE(late.read_response().says_close());
  ASSERT_TRUE(app->reaches("idle"));
  auto stop = app->begin_stop();
  late.send(get("/hello"));
  expect_last(late);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// Then both are closed in order, and nothing is cut.
TEST_F(Drain, Silent) {
  start();
  auto fresh = app->connect();
  auto used = app->send(get("/hello"));
  EXPECT_FALSE(used.read_response().says_close());
  ASSERT_TRUE(app->reaches("fresh") && app->reaches("idle"));
  auto stop = app->begin_stop();
  expect_nothing_but_fin(fresh);
  expect_nothing_but_fin(used);
  const auto end = stop.get();
  EXPECT_GE(end.took, slack(95ms));
  EXPECT_EQ(end.did.completed, 0U);
  EXPECT_TRUE(end.did.cut.empty());
}

// No grace is over before ready_delay.min: a load balancer that has not looked yet sends requests on connections that
// it has, and opens new ones.
TEST_F(Drain, NobodyIsClosedInTheReadyDelay) {
  setting how;
  how.plan.ready_delay_min = how.plan.ready_delay_max = ample;
  start(how);
  auto fresh = app->connect();
  auto used = app->send(get("/hello"));
  EXPECT_FALSE(used.read_response().says_close());
  auto half = app->send("GET /hello HTTP/1.1\r\nHos");
  ASSERT_TRUE(app->reaches("fresh") && app->reaches("idle") && app->reaches("head"));
  app->announce();
  auto late = app->connect();
  EXPECT_EQ(late.read_some(1, slack(300ms)), ending::timed_out) << "longer than any grace of this test";
  half.send("t: a\r\n\r\n");
  for (auto* client : {&fresh, &used, &late}) client->send(get("/hello"));
  for (auto* client : {&fresh, &used, &late, &half}) expect_last(*client);
}

// Half a head has header_grace for its rest, and is answered.
TEST_F(Drain, Head) {
  setting how;
  how.plan.header_grace = ample;
  start(how);
  auto client = app->send("GET /hello HTTP/1.1\r\nHos");
  ASSERT_TRUE(app->reaches("head"));
  auto stop = app->begin_stop();
  client.send("t: a\r\n\r\n");
  expect_last(client);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// Then it is answered 408, and counts as no loss: nothing was promised.
TEST_F(Drain, HeadWithoutItsRest) {
  setting how;
  how.plan.header_grace = slack(250ms);
  start(how);
  auto silent = app->send("GET /hello HTTP/1.1\r\nHos");
  ASSERT_TRUE(app->reaches("head"));
  auto stop = app->begin_stop();
  const auto answer = silent.read_response();
  EXPECT_EQ(answer.status, 408);
  EXPECT_TRUE(answer.says_close());
  expect_nothing_but_fin(silent);
  const auto end = stop.get();
  EXPECT_GE(end.took, slack(240ms));
  EXPECT_LT(end.took, soon);
  EXPECT_TRUE(end.did.cut.empty());
}

// A body that is half there is read to its end and answered, whoever reads it.
TEST_F(Drain, Body) {
  start();
  std::vector<raw_client> clients;
  for (const auto* target : {"/echo", "/upload"}) {
    clients.push_back(
        app->send("POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf"));
  }
  ASSERT_TRUE(app->reaches("body", 2));
  auto stop = app->begin_stop();
  for (auto& client : clients) {
    EXPECT_EQ(client.read_some(1, slack(200ms)), ending::timed_out) << "longer than any grace of this test";
    client.send("half");
    expect_last(client);
  }
  const auto end = stop.get();
  EXPECT_EQ(end.did.completed, 2U);
  EXPECT_TRUE(end.did.cut.empty());
}

// A handler that runs is let finish; its answer says close, and the drain ends with it.
TEST_F(Drain, Handler) {
  start();
  auto client = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto stop = app->begin_stop();
  EXPECT_EQ(stop.wait_for(slack(200ms)), std::future_status::timeout);
  door.open();
  expect_last(client);
  const auto end = stop.get();
  EXPECT_EQ(end.did.completed, 1U);
  EXPECT_TRUE(end.did.cut.empty());
}

// Pipelined requests are all answered, those read and those still in the kernel's buffer; only the last says close.
TEST_F(Drain, Pipelined) {
  start();
  auto client = app->send(get("/held") + get("/hello") + get("/three") + get("/say/it"));
  ASSERT_TRUE(door.reached());
  auto stop = app->begin_stop();
  client.send(get("/hello") + get("/hello"));
  ASSERT_TRUE(eventually(ample, [&] { return client.unacknowledged() == 0; }));
  door.open();
  for (int i = 0; i < 5; ++i) {
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 200) << answer.describe();
    EXPECT_FALSE(answer.says_close()) << i;
  }
  expect_last(client);
  EXPECT_EQ(stop.get().did.completed, 6U);
}

// A client that never stops pipelining is answered what it had sent when header_grace was over, and no more: it doesn't
// hold up the stop.
TEST_F(Drain, PipelinedForEver) {
  setting how;
  how.plan.hard_cancel = how.plan.drain = 3 * ample;
  start(how);
  auto client = app->connect(64 << 10);  // so small that not so many answers lie in the kernel
  client.send(get("/hello"));
  // Where there is room, there is room for all of them: no request waits for its rest until this thread has its turn.
  std::thread sends([&] {
    std::string many;
    for (int i = 0; i < 200; ++i) many += get("/hello");
    pollfd room{client.handle(), POLLOUT, 0};
    while (::poll(&room, 1, static_cast<int>(ample.count())) == 1 && client.send(many) == sending::sent) {
    }
  });
  // As long as the client reads nothing the server has more to answer, however late the other thread is.
  EXPECT_TRUE(app->reaches("answer"));
  auto stop = app->begin_stop();
  EXPECT_EQ(stop.wait_for(slack(150ms)), std::future_status::timeout) << "longer than header_grace";
  for (bool last = false; !last && !HasFailure();) {
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 200) << answer.describe();
    EXPECT_TRUE(answer.whole()) << answer.describe();
    last = answer.says_close();
  }
  const auto end = stop.get();
  sends.join();  // by the end of the connection
  EXPECT_TRUE(end.did.cut.empty()) << "the drain's end has cut it";
}

// Half a pipelined request behind the answered ones is waited for like any half head.
TEST_F(Drain, PipelinedHalf) {
  setting how;
  how.plan.header_grace = ample;
  start(how);
  auto client = app->send(get("/held") + "GET /hello HT");
  ASSERT_TRUE(door.reached());
  auto stop = app->begin_stop();
  door.open();
  EXPECT_FALSE(client.read_response().says_close());
  ASSERT_TRUE(app->reaches("head"));
  client.send("TP/1.1\r\nHost: a\r\n\r\n");
  expect_last(client);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// A client that has had its last answer and doesn't close holds up nothing.
TEST_F(Drain, Linger) {
  start();
  auto client = app->send("GET /hello HTTP/1.1\r\n\r\n");  // names no host
  EXPECT_EQ(client.read_response().status, 400);
  ASSERT_TRUE(app->reaches("linger"));
  const auto end = app->begin_stop().get();
  EXPECT_LT(end.took, soon);
  EXPECT_TRUE(end.did.cut.empty());
  expect_nothing_but_fin(client);
}

// A client that vanishes in the middle of its request is nobody's loss.
TEST_F(Drain, ClientGone) {
  start();
  auto client = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto stop = app->begin_stop();
  client.reset();
  door.open();
  const auto end = stop.get();
  EXPECT_TRUE(end.did.cut.empty());
  EXPECT_EQ(end.did.completed, 0U) << "nobody has had the answer";
}

}  // namespace
}  // namespace sundown::test
