// Accepting: who gets in, how many, and that nobody is reset at the door when it closes.
#include "http/listener.hpp"
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "http/logged.hpp"

#include <sundown/error.hpp>

#include <atomic>
#include <thread>

#include <sys/socket.h>

namespace sundown::test {
namespace {

// Connections that the kernel has completed and the process has not accepted are served after the listener's close.
TEST(Listener, AcceptQueueIsServed) {
  gate blocked;
  serving app([&](http::router& to) {
    basic_routes(to);
    to.get("/blocks", [&](const http::request&) {
      blocked.block();
      return text("woken");
    });
  });
  auto first = app.send(get("/blocks"));
  ASSERT_TRUE(blocked.reached());
  std::vector<raw_client> queued;
  for (int i = 0; i < 100; ++i) queued.push_back(app.send(get("/hello")));
  app.announce();
  app.close_listeners();  // it gives up waiting for the blocked worker, and is done when that comes back
  blocked.open();
  EXPECT_EQ(first.read_response().body, "woken");
  for (auto& client : queued) {
    const auto answer = client.read_response();
    EXPECT_EQ(answer.body, "Hello, World!") << answer.describe();
    EXPECT_TRUE(answer.says_close());
    EXPECT_EQ(client.read_until_end(), ending::fin);
  }
  const auto end = app.drain();
  // Some were accepted in the slice that was the listener's before the close came to it.
  EXPECT_GE(end.did.swept, queued.size() / 2);
  EXPECT_EQ(end.did.completed, queued.size() + 1);
  EXPECT_TRUE(end.did.cut.empty());
}

// One that is not started yet lets nobody in, though its worker's sweep looks after it already: it begins with the
// first client of another listener of that worker, who may have waited before.
TEST(Listener, IsNotRevivedBeforeItsStart) {
  using namespace http::detail;
  logged errors;
  const stop::budget times(plan_of_tests());
  const drain_state drain(times);
  asio::io_context context(1);
  worker_acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  acceptor.non_blocking(true);
  const endpoint where("127.0.0.1", acceptor.local_endpoint().port());
  http::detail::listener one(std::move(acceptor), listener_kind::plain, drain, 0);
  raw_client client;
  ASSERT_EQ(client.connect(where), connecting::connected);

  one.revive();
  context.poll();
  EXPECT_EQ(one.last_accepted(), clock::time_point());

  bool accepted = false;
  one.start(
      {[] { return false; }, {}, [&](const boost::scope::unique_fd&) { accepted = true; }, [](const std::string&) {}});
  context.restart();
  EXPECT_TRUE(eventually(ample, [&] { return context.poll(), accepted; }));
  EXPECT_EQ(errors.lines(), std::vector<std::string>());
}

// A handler that keeps its worker is seen in its lag, also that of the very first request, which waited already when
// the worker began.
TEST(Listener, FirstRequestsLagIsSeen) {
  constexpr auto kept = 300ms;
  raw_client client;
  setting how;
  how.limits.header_timeout = 40ms;  // by this the worker looks at its limits every 10 ms
  how.before_start = [&](const endpoint& where) {
    ASSERT_EQ(client.connect(where), connecting::connected);
    client.send(get("/keeps"));
  };
  serving app(
      [&](http::router& to) {
        to.get("/keeps", [&](const http::request&) { return std::this_thread::sleep_for(kept), text("kept"); });
      },
      how);
  EXPECT_EQ(client.read_response().body, "kept");
  EXPECT_TRUE(eventually(ample, [&] { return app.server().figures().largest_lag >= kept / 2; }));
}

// After the close new clients are refused, and those inside are served on.
TEST(Listener, ClosedIsRefused) {
  setting how;
  how.plan.idle_grace = ample;
  serving app(basic_routes, how);
  auto inside = app.connect();
  ASSERT_TRUE(app.reaches("fresh"));
  app.announce();
  app.close_listeners();
  raw_client outside;
  EXPECT_EQ(outside.connect(app.where()), connecting::refused);
  inside.send(get("/hello"));
  EXPECT_EQ(inside.read_response().status, 200);
  app.close_listeners();  // idempotent
}

// While clients come one after the other, the close resets none: each is answered whole, or refused.
TEST(Listener, StormAtTheClose) {
  setting how;
  how.workers = 2;
  how.plan.idle_grace = ample;  // for a client that has connected and has not sent anything yet
  serving app(basic_routes, how);
  tally answered;
  std::atomic<int> lost{0};
  std::vector<std::jthread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      for (;;) {
        raw_client client;
        const auto how_it_went = client.connect(app.where());
        if (how_it_went == connecting::refused) return;
        client.send(get("/hello", "Connection: close\r\n"));
        if (how_it_went != connecting::connected || !client.read_response().whole()) ++lost;
        answered.add();
      }
    });
  }
  EXPECT_TRUE(answered.wait_for(200, ample));
  auto stop = app.begin_stop();
  clients.clear();
  EXPECT_EQ(lost, 0);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// At max_connections accepting pauses: further clients wait in the kernel's queue and come in when there is room.
TEST(Listener, MaxConnections) {
  setting how;
  how.limits.max_connections = 2;
  serving app(basic_routes, how);
  auto one = app.send(get("/hello"));
  auto two = app.send(get("/hello"));
  EXPECT_EQ(one.read_response().status, 200);
  EXPECT_EQ(two.read_response().status, 200);
  auto three = app.send(get("/hello"));
  EXPECT_EQ(three.read_some(1, slack(100ms)), ending::timed_out);
  EXPECT_EQ(app.server().figures().accepted, 2U);
  one.close();
  EXPECT_EQ(three.read_response().status, 200);
}

// A server that ends idle connections lets a new client in at once, whatever the others do: the one that has been idle
// for longest goes, in order; whoever is in a request only if there is none.
TEST(Listener, EndsTheLongestIdleForANewClient) {
  setting how;
  how.limits.max_connections = 3;
  how.yields = http::server::yielding::anybody;
  serving app(basic_routes, how);
  auto first = app.send(get("/hello"));
  EXPECT_EQ(first.read_response().status, 200);
  auto second = app.send(get("/hello"));
  EXPECT_EQ(second.read_response().status, 200);
  auto half = app.send("GET /hel");
  ASSERT_TRUE(app.reaches("head"));
  first.send(get("/hello"));  // now the second has been idle for longer
  EXPECT_EQ(first.read_response().status, 200);

  EXPECT_EQ(app.ask(get("/hello", "Connection: close\r\n")).status, 200);
  EXPECT_EQ(second.read_until_end(), ending::fin);
  half.send("lo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(half.read_response().status, 200);
  first.send(get("/hello"));
  EXPECT_EQ(first.read_response().status, 200);
}

// Ones that linger, dawdle in a request or leave an answer unread are no hindrance either.
TEST(Listener, EndsWhoeverDawdlesForANewClient) {
  for (const std::string_view sent : {"GET /hel", "GET /hello HTTP/1.1\r\n\r\n"}) {
    setting how;
    how.limits.max_connections = 3;
    how.yields = http::server::yielding::anybody;
    serving app(basic_routes, how);
    std::vector<raw_client> held;
    for (int i = 0; i < 3; ++i) held.push_back(app.send(sent));
    ASSERT_TRUE(app.reaches(sent.ends_with("\n") ? "linger" : "head", 3));
    for (int i = 0; i < 6; ++i) EXPECT_EQ(app.ask(get("/hello")).status, 200) << sent;
  }
}

// A server that ends idle connections alone lets whoever is in a request be: its answer ends its connection while a new
// client waits.
TEST(Listener, EndsIdleConnectionsOnly) {
  setting how;
  how.limits.max_connections = 2;
  how.yields = http::server::yielding::idle;
  serving app(basic_routes, how);
  auto half = app.send("GET /hel");
  ASSERT_TRUE(app.reaches("head"));
  auto idle = app.send(get("/hello"));
  EXPECT_EQ(idle.read_response().status, 200);
  auto next = app.send("GET /hel");
  EXPECT_EQ(idle.read_until_end(), ending::fin);
  ASSERT_TRUE(app.reaches("head", 2));

  auto waiting = app.send(get("/hello"));
  EXPECT_EQ(waiting.read_some(1, slack(100ms)), ending::timed_out);
  half.send("lo HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = half.read_response();
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.says_close()) << answer.describe();
  EXPECT_EQ(waiting.read_response().status, 200);
  next.send("lo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(next.read_response().status, 200);
  EXPECT_EQ(app.server().figures().cut, 0U);
}

// A client that has just connected is given a moment to ask in, however many come.
TEST(Listener, LetsNewClientsAsk) {
  setting how;
  how.limits.max_connections = 1;
  how.yields = http::server::yielding::idle;
  serving app(basic_routes, how);
  for (int i = 0; i < 20; ++i) {
    auto first = app.connect();
    auto second = app.send(get("/hello"));
    EXPECT_EQ(second.read_response().status, 200);
  }
  EXPECT_GE(app.server().figures().displaced, 20U);
}

// A listening socket that somebody else has shut down accepts nobody ever again: the owner is told, once, and those
// inside are served on.
TEST(Listener, SaysWhenItsSocketIsLost) {
  std::atomic<int> told{0};
  setting how;
  how.on_failure = [&](const std::string&) { ++told; };
  serving app(basic_routes, how);
  auto inside = app.connect();
  ASSERT_TRUE(app.reaches("fresh"));
  ASSERT_EQ(::shutdown(app.server().listening_sockets().front(), SHUT_RD), 0);
  EXPECT_TRUE(eventually(ample, [&] { return told == 1; }));
  inside.send(get("/hello"));
  EXPECT_EQ(inside.read_response().status, 200);
  EXPECT_EQ(told, 1);
}

// A full server still serves those in the queue when it stops.
TEST(Listener, FullAtTheStop) {
  setting how;
  how.limits.max_connections = 1;
  serving app(basic_routes, how);
  auto one = app.send(get("/hello"));
  EXPECT_EQ(one.read_response().status, 200);
  auto queued = app.send(get("/hello"));
  auto stop = app.begin_stop();
  EXPECT_EQ(queued.read_response().status, 200);
  EXPECT_EQ(stop.get().did.swept, 1U);
}

// last_accepted() follows the newest connection: the adaptive ready_delay ends by it.
TEST(Listener, LastAccepted) {
  serving app(basic_routes);
  const auto before = clock::now();
  EXPECT_LT(app.server().last_accepted(), before);
  auto client = app.connect();
  EXPECT_TRUE(eventually(ample, [&] { return app.server().last_accepted() >= before; }));
}

// An address that is taken, or is none, is refused at the start with what to do.
TEST(Listener, StartupFaults) {
  serving app(basic_routes);
  for (auto limits : {limits_of_tests(), limits_of_tests(), limits_of_tests()}) {
    static int turn = 0;
    limits.port = app.where().port;
    if (turn == 1) limits.address = "localhost";
    if (turn == 2) limits.address = "198.51.100.1";
    ++turn;
    setting how;
    how.limits = limits;
    try {
      const serving second(basic_routes, how);
      FAIL() << limits.address;
    } catch (const startup_error& e) {
      EXPECT_NE(std::string(e.what()).find(limits.address), std::string::npos) << e.what();
    }
  }
}

// IPv6 is served like IPv4.
TEST(Listener, Ipv6) {
  setting how;
  how.limits.address = "::1";
  std::optional<serving> app;
  try {
    app.emplace(basic_routes, how);
  } catch (const startup_error& e) {
    GTEST_SKIP() << "this machine has no IPv6 loopback: " << e.what();
  }
  EXPECT_EQ(ask({"::1", app->where().port}, get("/hello")).body, "Hello, World!");
}

}  // namespace
}  // namespace sundown::test
