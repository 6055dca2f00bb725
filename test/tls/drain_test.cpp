// The stop over TLS, by what a connection is doing: as in the clear, with close_notify before each FIN.
#include "tls/serving_tls.hpp"

#include <poll.h>

#include <thread>

namespace sundown::test {
namespace {

class TlsDrain : public testing::Test {
 protected:
  void routes(http::router& to) {
    basic_routes(to);
    to.get("/held", [this](const http::request&) { return pass(door); });
  }
  void start(setting how = {}) {
    app.emplace([this](http::router& to) { routes(to); }, how);
  }

  gate door;
  std::optional<serving_tls> app;
};

// A connection without a byte has idle_grace for its first request, which is answered.
TEST_F(TlsDrain, Fresh) {
  setting how;
  how.plan.idle_grace = ample;
  start(how);
  auto late = app->connect();
  ASSERT_TRUE(app->app().reaches("fresh"));
  auto stop = app->app().begin_stop();
  late.send(get("/hello"));
  expect_last(late);
  const auto end = stop.get();
  EXPECT_EQ(end.did.completed, 1U);
  EXPECT_TRUE(end.did.cut.empty());
}

// So has one between two requests.
TEST_F(TlsDrain, Idle) {
  setting how;
  how.plan.idle_grace = ample;
  start(how);
  auto late = app->send(get("/hello"));
  EXPECT_FALSE(late.read_response().says_close());
  ASSERT_TRUE(app->app().reaches("idle"));
  auto stop = app->app().begin_stop();
  late.send(get("/hello"));
  expect_last(late);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// Then both are closed in order, and nothing is cut.
TEST_F(TlsDrain, Silent) {
  start();
  auto fresh = app->connect();
  auto used = app->send(get("/hello"));
  EXPECT_FALSE(used.read_response().says_close());
  ASSERT_TRUE(app->app().reaches("fresh") && app->app().reaches("idle"));
  auto stop = app->app().begin_stop();
  expect_nothing_but_fin(fresh);
  expect_nothing_but_fin(used);
  const auto end = stop.get();
  EXPECT_GE(end.took, slack(95ms));
  EXPECT_EQ(end.did.completed, 0U);
  EXPECT_TRUE(end.did.cut.empty());
}

// Half a head has header_grace for its rest, and is answered.
TEST_F(TlsDrain, Head) {
  setting how;
  how.plan.header_grace = ample;
  start(how);
  auto client = app->send("GET /hello HTTP/1.1\r\nHos");
  ASSERT_TRUE(app->app().reaches("head"));
  auto stop = app->app().begin_stop();
  client.send("t: a\r\n\r\n");
  expect_last(client);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// Then it is answered 408, and counts as no loss: nothing was promised.
TEST_F(TlsDrain, HeadWithoutItsRest) {
  setting how;
  how.plan.header_grace = slack(250ms);
  start(how);
  auto silent = app->send("GET /hello HTTP/1.1\r\nHos");
  ASSERT_TRUE(app->app().reaches("head"));
  auto stop = app->app().begin_stop();
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
TEST_F(TlsDrain, Body) {
  start();
  std::vector<tls_client> clients;
  for (const auto* target : {"/echo", "/upload"}) {
    clients.push_back(
        app->send("POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf"));
  }
  ASSERT_TRUE(app->app().reaches("body", 2));
  auto stop = app->app().begin_stop();
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
TEST_F(TlsDrain, Handler) {
  start();
  auto client = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto stop = app->app().begin_stop();
  EXPECT_EQ(stop.wait_for(slack(200ms)), std::future_status::timeout);
  door.open();
  expect_last(client);
  const auto end = stop.get();
  EXPECT_EQ(end.did.completed, 1U);
  EXPECT_TRUE(end.did.cut.empty());
}

// Pipelined requests are all answered, those read and those still in the kernel's buffer; only the last says close.
TEST_F(TlsDrain, Pipelined) {
  start();
  auto client = app->send(get("/held") + get("/hello") + get("/three") + get("/say/it"));
  ASSERT_TRUE(door.reached());
  auto stop = app->app().begin_stop();
  client.send(get("/hello") + get("/hello"));
  ASSERT_TRUE(eventually(ample, [&] { return client.socket().unacknowledged() == 0; }));
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
TEST_F(TlsDrain, PipelinedForEver) {
  setting how;
  how.plan.hard_cancel = how.plan.drain = 3 * ample;
  start(how);
  auto client = app->connect({}, 64 << 10);  // so small that not so many answers lie in the kernel
  client.send(get("/hello"));
  // Where there is room, there is room for all of them: no request waits for its rest until this thread has its turn.
  std::thread sends([&] {
    std::string many;
    for (int i = 0; i < 200; ++i) many += get("/hello");
    pollfd room{client.socket().handle(), POLLOUT, 0};
    while (::poll(&room, 1, static_cast<int>(ample.count())) == 1 && client.send(many) == sending::sent) {
    }
  });
  // As long as the client reads nothing the server has more to answer, however late the other thread is.
  EXPECT_TRUE(app->app().reaches("answer"));
  auto stop = app->app().begin_stop();
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
TEST_F(TlsDrain, PipelinedHalf) {
  setting how;
  how.plan.header_grace = ample;
  start(how);
  auto client = app->send(get("/held") + "GET /hello HT");
  ASSERT_TRUE(door.reached());
  auto stop = app->app().begin_stop();
  door.open();
  EXPECT_FALSE(client.read_response().says_close());
  ASSERT_TRUE(app->app().reaches("head"));
  client.send("TP/1.1\r\nHost: a\r\n\r\n");
  expect_last(client);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// A client that has had its last answer and doesn't close holds up nothing.
TEST_F(TlsDrain, Linger) {
  start();
  auto client = app->send(get("/hello", "Connection: close\r\n"));
  EXPECT_EQ(client.read_response().status, 200);
  ASSERT_TRUE(app->app().reaches("linger"));
  const auto end = app->app().begin_stop().get();
  EXPECT_LT(end.took, soon);
  EXPECT_TRUE(end.did.cut.empty());
  expect_nothing_but_fin(client);
}

// A client that vanishes in the middle of its request is nobody's loss.
TEST_F(TlsDrain, ClientGone) {
  start();
  auto client = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto stop = app->app().begin_stop();
  client.socket().reset();
  door.open();
  const auto end = stop.get();
  EXPECT_TRUE(end.did.cut.empty());
  EXPECT_EQ(end.did.completed, 0U) << "nobody has had the answer";
}

}  // namespace
}  // namespace sundown::test
