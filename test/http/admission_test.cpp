// Admission: how many requests are under way at a time, who waits for a place, and who is told to come again.
#include "http/expect.hpp"
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "http/logged.hpp"

#include <sundown/pressure.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace sundown::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

enum reason : std::size_t { queue_full, waited, group_full, under_pressure };

/// A wait that a test sees pass, and long enough for a worker that is late to admit whom nothing holds up.
constexpr milliseconds brief_wait = slack(2s);

/// Nobody's wait ends by the clock.
setting with_limit(std::size_t most) {
  setting how;
  how.limits.max_requests = most;
  how.limits.queue_wait = ample;
  return how;
}

void expect_shed(raw_client& client) {
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 503) << answer.describe();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(answer.field("content-type"), "application/problem+json");
  EXPECT_EQ(answer.field("retry-after"), "1");
}

void expect_served(raw_client& client) {
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 200) << answer.describe();
}

class Admission : public testing::Test {
 protected:
  void start(const setting& how) {
    app.emplace(
        [this](http::router& to) {
          basic_routes(to);
          to.get("/held", [this](const http::request&) { return held(); });
          to.get("/second", [this](const http::request&) { return pass(second); });
          add(to);
        },
        how);
  }
  virtual void add(http::router&) {}

  task<http::response> held() {
    ++begun;
    co_await door.pass();
    co_return text("passed");
  }
  std::uint64_t shed(reason why) const { return app->server().figures().shed.at(why); }
  std::size_t queued() const { return app->server().figures().queued; }
  bool queues(std::size_t count) const {
    return eventually(ample, [&] { return queued() == count; });
  }

  std::atomic<int> begun{0};
  gate door, second;
  mutable std::optional<serving> app;
};

// Over max_requests a request waits, and shows it; it begins when a place is free.
TEST_F(Admission, WaitsForAPlace) {
  start(with_limit(1));
  auto inside = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto waiting = app->send(get("/hello"));
  ASSERT_TRUE(app->reaches("queued"));
  EXPECT_EQ(queued(), 1U);
  door.open();
  expect_served(inside);
  expect_served(waiting);
  const auto figures = app->server().figures();
  EXPECT_EQ(figures.admitted, 2U);
  EXPECT_EQ(figures.queued, 0U);
}

// Nobody waits for longer than queue_wait: then it is told to come again. Its connection goes on.
TEST_F(Admission, TellsWhoHasWaitedTooLong) {
  auto how = with_limit(1);
  how.limits.queue_wait = brief_wait;
  start(how);
  auto inside = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto waiting = app->send(get("/hello"));
  expect_shed(waiting);
  EXPECT_EQ(shed(waited), 1U);
  door.open();
  expect_served(inside);
  waiting.send(get("/hello"));
  expect_served(waiting);
}

// Where the queue is full it is told at once.
TEST_F(Admission, TellsWhoFindsTheQueueFull) {
  for (const std::size_t length : {1U, 0U}) {
    gate one;
    auto how = with_limit(1);
    how.limits.queue = length;
    serving here(
        [&](http::router& to) {
          basic_routes(to);
          to.get("/held", [&](const http::request&) { return pass(one); });
        },
        how);
    auto inside = here.send(get("/held"));
    ASSERT_TRUE(one.reached());
    std::vector<raw_client> waiting;
    for (std::size_t i = 0; i < length; ++i) waiting.push_back(here.send(get("/hello")));
    ASSERT_TRUE(here.reaches("queued", length));
    auto next = here.send(get("/hello"));
    expect_shed(next);
    EXPECT_EQ(here.server().figures().shed.at(queue_full), 1U);
    one.open();
    expect_served(inside);
    for (auto& client : waiting) expect_served(client);
  }
}

// Requests of a pipeline keep their order, whatever waits before them.
TEST_F(Admission, KeepsTheOrderOfAPipeline) {
  start(with_limit(1));
  auto inside = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto client = app->send(get("/say/one") + get("/hello") + get("/say/three"));
  ASSERT_TRUE(app->reaches("queued"));
  door.open();
  EXPECT_EQ(client.read_response().body, "one");
  EXPECT_EQ(client.read_response().body, "Hello, World!");
  EXPECT_EQ(client.read_response().body, "three");
}

// A request that is sent away before its body is there asks no guard and reads no body; its connection ends with it.
TEST_F(Admission, TellsBeforeTheBody) {
  auto how = with_limit(1);
  how.limits.queue = 0;
  start(how);
  auto inside = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto client = app->send("POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 503) << answer.describe();
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// An upload that has waited reads its body as ever, and so does a collected one.
TEST_F(Admission, UploadsReadTheirBodyAfterwards) {
  start(with_limit(1));
  auto inside = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto upload = app->send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
  auto collected = app->send(post("/echo", "body"));
  ASSERT_TRUE(queues(2));
  door.open();
  upload.send("cd");
  EXPECT_EQ(upload.read_response().body, "4 bytes, last 'd'");
  EXPECT_EQ(collected.read_response().body, "body");
}

// A client that has gone while its request waited: its handler is never called.
TEST_F(Admission, StartsNothingForAGoneClient) {
  start(with_limit(1));
  auto inside = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto gone = app->send(get("/held"));
  auto stays = app->send(get("/held"));
  ASSERT_TRUE(queues(2));
  gone.reset();
  ASSERT_TRUE(queues(1));
  door.open();
  expect_served(inside);
  expect_served(stays);
  EXPECT_EQ(begun, 2);
  EXPECT_TRUE(queues(0));
}

// A place that one worker frees is everybody's: no request of another worker is left behind.
TEST_F(Admission, LeavesNobodyBehindOnAnotherWorker) {
  auto how = with_limit(1);
  how.workers = 4;
  start(how);
  auto inside = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  std::vector<raw_client> waiting;
  for (int i = 0; i < 32; ++i) waiting.push_back(app->send(get("/say/" + std::to_string(i))));
  ASSERT_TRUE(queues(32));
  door.open();
  for (auto& client : waiting) EXPECT_EQ(client.read_response(soon).status, 200);
}

// An endless stream gives its place back when it begins, a WebSocket needs none.
TEST_F(Admission, EndlessAnswersHoldNoPlace) {
  start(with_limit(1));
  auto stream = app->send(get("/events"));
  ASSERT_TRUE(stream.read_until("data: first"));
  EXPECT_EQ(app->ask(get("/hello")).status, 200);
  auto inside = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto socket = app->send(get("/websocket",
                              "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  EXPECT_TRUE(socket.read_until("101"));
}

// The access log says why a request was not admitted.
TEST(AdmissionLog, NamesTheReason) {
  logged log;
  {
    gate one;
    auto how = with_limit(1);
    how.limits.queue = 0;
    how.access_log = true;
    serving app(
        [&](http::router& to) {
          basic_routes(to);
          to.get("/held", [&](const http::request&) { return pass(one); });
        },
        how);
    auto inside = app.send(get("/held"));
    ASSERT_TRUE(one.reached());
    EXPECT_EQ(app.ask(get("/hello")).status, 503);
    one.open();
    expect_served(inside);
  }
  EXPECT_THAT(log.lines(), Contains(HasSubstr("shed=queue_full")));
}

// -- groups

struct door_of_store final : pressure {
  bool full() const noexcept override { return is_full; }
  std::atomic<bool> is_full{false};
};

class AdmissionOfGroups : public Admission {
 protected:
  void add(http::router& to) override {
    auto few = to.group("/few");
    few.at_most(1);
    few.get("/held", [this](const http::request&) { return held(); });
    few.group("/inner").get("/hello", hello);
    auto stores = to.group("/store");
    stores.needs(store);
    stores.get("/hello", hello);
    auto probes = to.group("/probe");
    probes.always_admitted();
    probes.get("/hello", hello);
  }
  door_of_store store;
};

// A group's limit is its own: others are served beside its queue. The groups in it count as well.
TEST_F(AdmissionOfGroups, HaveALimitOfTheirOwn) {
  setting how;
  how.limits.queue_wait = ample;
  start(how);
  auto inside = app->send(get("/few/held"));
  ASSERT_TRUE(door.reached());
  auto waiting = app->send(get("/few/inner/hello"));
  ASSERT_TRUE(queues(1));
  EXPECT_EQ(app->ask(get("/hello")).status, 200);
  door.open();
  expect_served(inside);
  expect_served(waiting);
}

// Whoever waits for its place for too long is told so.
TEST_F(AdmissionOfGroups, TellWhoHasWaitedTooLong) {
  setting how;
  how.limits.queue_wait = brief_wait;
  start(how);
  auto inside = app->send(get("/few/held"));
  ASSERT_TRUE(door.reached());
  auto waiting = app->send(get("/few/inner/hello"));
  expect_shed(waiting);
  EXPECT_EQ(shed(group_full), 1U);
}

// What a group needs tells whether it has room: its requests wait for that.
TEST_F(AdmissionOfGroups, WaitForWhatTheyNeed) {
  setting how;
  how.limits.queue_wait = ample;
  start(how);
  store.is_full = true;
  auto waiting = app->send(get("/store/hello"));
  ASSERT_TRUE(queues(1));
  store.is_full = false;
  expect_served(waiting);
}

// Nor do they wait for that for longer than for a place.
TEST_F(AdmissionOfGroups, TellWhoHasWaitedForWhatTheyNeed) {
  setting how;
  how.limits.queue_wait = brief_wait;
  start(how);
  store.is_full = true;
  auto waiting = app->send(get("/store/hello"));
  expect_shed(waiting);
  EXPECT_EQ(shed(under_pressure), 1U);
}

// Probes wait for nobody.
TEST_F(AdmissionOfGroups, LetProbesPass) {
  start(with_limit(1));
  auto inside = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  EXPECT_EQ(app->ask(get("/probe/hello")).status, 200);
}

// A group that lets nobody in is a mistake.
TEST(AdmissionRules, AtMostNoneIsAFault) {
  http::router routes;
  EXPECT_THROW(routes.group("/x").at_most(0), std::logic_error);
}

// -- the stop

// Requests that wait when the stop comes are served as places become free.
TEST_F(Admission, StopServesWhoWaits) {
  start(with_limit(1));
  auto inside = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  std::vector<raw_client> waiting;
  for (int i = 0; i < 8; ++i) waiting.push_back(app->send(get("/say/" + std::to_string(i))));
  ASSERT_TRUE(queues(8));
  auto stop = app->begin_stop();
  door.open();
  expect_served(inside);
  for (auto& client : waiting) {
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 200) << answer.describe();
    EXPECT_TRUE(answer.says_close());
    EXPECT_EQ(client.read_until_end(), ending::fin);
  }
  const auto end = stop.get();
  EXPECT_EQ(end.did.completed, 9U);
  EXPECT_TRUE(end.did.cut.empty());
}

// At the hard cancel the others are told, and named.
TEST_F(Admission, StopTellsWhoStillWaits) {
  auto how = with_limit(1);
  how.plan.hard_cancel = slack(200ms);
  how.plan.drain = slack(8s);
  start(how);
  auto inside = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  auto waiting = app->send(get("/say/something"));
  auto plain = app->send(get("/hello"));
  ASSERT_TRUE(queues(2));
  auto stop = app->begin_stop();
  for (auto* client : {&inside, &waiting, &plain}) {
    const auto answer = client->read_response();
    EXPECT_EQ(answer.status, 503) << answer.describe();
    EXPECT_TRUE(answer.says_close());
    EXPECT_EQ(client->read_until_end(), ending::fin);
  }
  const auto end = stop.get();
  EXPECT_LT(end.took, soon);
  EXPECT_EQ(end.why_cut("GET /say"), "hard_cancel");
}

// -- a worker's thread that has more to do than it can

// Handlers that keep the thread: whoever waits is seen and sent away while they run, so that nobody waits much longer
// than queue_wait.
TEST(AdmissionOfPlainHandlers, SeesWhoWaits) {
  gate all_there;
  auto how = with_limit(1000);
  how.limits.queue_wait = 20ms;
  serving app(
      [&](http::router& to) {
        to.get("/slow", [&](const http::request&) {
          all_there.block();
          std::this_thread::sleep_for(20ms);
          return text("slow");
        });
      },
      how);
  std::vector<raw_client> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(app.send(get("/slow")));
  ASSERT_TRUE(all_there.reached());
  all_there.open();
  int served = 0, sent_away = 0;
  for (auto& client : clients) {
    const auto status = client.read_response().status;
    served += status == 200 ? 1 : 0;
    sent_away += status == 503 ? 1 : 0;
  }
  EXPECT_EQ(served + sent_away, 50);
  EXPECT_GE(served, 1);
  EXPECT_GE(sent_away, 10);  // 50 of them take a second
}

}  // namespace
}  // namespace sundown::test
