// Clients that are gone while nothing is read from them or written to them: nobody works for them, nobody waits.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <sys/resource.h>

namespace sundown::test {
namespace {

/// Says how the wait ended.
task<> wait_long(tally& told, tally& not_told, http::response_stream& out) {
  auto head = text({});
  co_await out.start_endless(std::move(head));
  co_await out.write("first");
  const bool on = co_await out.wait(4 * ample);
  (on ? not_told : told).add();
}

task<http::response> pass_uploaded(gate& at, http::body_reader& body) {
  co_await body.read();
  co_await at.pass();
  co_return text("passed");
}

task<> pass_in_stream(gate& at, http::response_stream& out) {
  auto head = text({});
  co_await out.start(std::move(head));
  co_await out.write("first");
  co_await at.pass();
}

class GoneClients : public testing::Test {
 protected:
  void routes(http::router& to) {
    to.get("/hello", hello);
    to.get("/held", [this](const http::request&) { return pass(door); });
    to.post("/upload", [this](const http::request&, http::body_reader& body) { return pass_uploaded(door, body); });
    to.get("/stream", [this](const http::request&, http::response_stream& out) { return pass_in_stream(door, out); });
    to.get("/wait",
           [this](const http::request&, http::response_stream& out) { return wait_long(told, not_told, out); });
  }
  bool all_ended(serving& app) {
    return eventually(ample, [&] { return app.server().activity().connections == 0; });
  }

  gate door;  ///< opened by no test that does not say so
  tally told, not_told;
};

// A handler whose client has reset the connection is cancelled, whatever its kind, and the connection ends.
TEST_F(GoneClients, HandlersAreCancelled) {
  serving app([this](http::router& to) { routes(to); });
  std::size_t reached = 0;
  for (const auto& request : {get("/held"), post("/upload", "whole"), get("/stream")}) {
    auto client = app.send(request);
    ASSERT_TRUE(door.reached(++reached));
    client.reset();
    EXPECT_TRUE(all_ended(app)) << request;
  }
}

// A stream that waits is told at once that its client is gone.
TEST_F(GoneClients, WaitIsTold) {
  serving app([this](http::router& to) { routes(to); });
  auto client = app.send(get("/wait"));
  ASSERT_TRUE(client.read_until("first"));
  client.reset();
  EXPECT_TRUE(told.wait_for(1, ample));
  EXPECT_EQ(not_told.count(), 0U);
  EXPECT_TRUE(all_ended(app));
}

// A client that has only closed its side is not gone: its answer is still owed, however long it takes.
TEST_F(GoneClients, HalfClosedIsNotGone) {
  setting how;
  how.limits.linger = 40ms;  // by this the worker looks for gone clients every 10 ms
  serving app([this](http::router& to) { routes(to); }, how);
  auto client = app.send(get("/held"));
  client.half_close();
  ASSERT_TRUE(door.reached());
  EXPECT_EQ(client.read_some(1, slack(200ms)), ending::timed_out);
  door.open();
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(answer.body, "passed");
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// The stop waits for no client that is gone, whether it went before the stop or in it. Nobody loses anything.
TEST_F(GoneClients, TheStopDoesNotWait) {
  serving app([this](http::router& to) { routes(to); });
  std::vector<raw_client> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(app.send(get(i % 2 ? "/held" : "/stream")));
  ASSERT_TRUE(door.reached(clients.size()));
  for (std::size_t i = 0; i < clients.size() / 2; ++i) clients[i].reset();
  auto stop = app.begin_stop();
  ASSERT_TRUE(eventually(ample, [&] { return app.server().activity().connections == clients.size() / 2; }));
  for (std::size_t i = clients.size() / 2; i < clients.size(); ++i) clients[i].reset();
  const auto end = stop.get();
  EXPECT_LT(end.took, soon);
  EXPECT_TRUE(end.did.cut.empty());
  EXPECT_EQ(end.did.refused, 0U);
}

// A client that is gone after its FIN, with an answer on the way that it has not read, is waited for by nobody.
TEST_F(GoneClients, AfterItsFin) {
  serving app(
      [](http::router& to) { to.get("/large", [](const http::request&) { return text(std::string(20'000, 'l')); }); });
  auto client = app.connect(2 << 10);
  client.send(get("/large"));
  client.half_close();
  ASSERT_TRUE(app.reaches("linger"));
  client.reset();
  EXPECT_TRUE(all_ended(app));
  EXPECT_TRUE(app.begin_stop().get().did.cut.empty());
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Clients that have asked, closed their side and read nothing cost next to nothing while the service serves.
TEST_F(GoneClients, SilentOnesCostNothing) {
  setting how;
  how.limits.stall_limit = how.plan.stall_limit = how.plan.hard_cancel = how.plan.drain = 3 * ample;
  serving app(
      [](http::router& to) { to.get("/large", [](const http::request&) { return text(std::string(20'000, 'l')); }); },
      how);
  std::vector<raw_client> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(app.connect(2 << 10));
    clients.back().send(get("/large"));
    clients.back().half_close();
  }
  ASSERT_TRUE(app.reaches("linger", clients.size()));
  eventually(slack(1500ms), [] { return false; });  // the looks become rarer by and by
  const auto before = cpu_seconds();
  eventually(slack(1000ms), [] { return false; });
  EXPECT_LT(cpu_seconds() - before, std::chrono::duration<double>(slack(80ms)).count());
  // The stop looks at them as often as it must: they have read all as soon as they do.
  auto stop = app.begin_stop();
  for (auto& client : clients) EXPECT_EQ(client.read_response().body.size(), 20'000U);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

}  // namespace
}  // namespace sundown::test
