// Admission over HTTP/2: a stream waits for its place as a connection of HTTP/1 does.
#include "http2/fixture.hpp"

namespace sundown::test {
namespace {

class Http2Admission : public Http2 {
 protected:
  void start_with(std::size_t queue, milliseconds wait = ample, milliseconds hard_cancel = ample) {
    setting how;
    how.limits.max_requests = 1;
    how.limits.queue = queue;
    how.limits.queue_wait = wait;
    how.plan.hard_cancel = hard_cancel;
    how.plan.drain = hard_cancel + ample;
    start(how);
  }
  bool queues(std::size_t count) const {
    return eventually(ample, [&] { return app->server().figures().queued == count; });
  }
  std::uint64_t shed() const {
    std::uint64_t sum = 0;
    for (const auto each : app->server().figures().shed) sum += each;
    return sum;
  }
};

// Streams that wait are served when places are free: plain handlers, those that wait, uploads.
TEST_F(Http2Admission, StreamsWaitForAPlace) {
  start_with(16);
  auto client = connect();
  const auto held = client.get("/held");
  ASSERT_TRUE(door.reached());
  const std::array waiting{client.get("/hello"), client.get("/say/word"), client.post("/upload", "body"),
                           client.post("/echo", "body")};
  ASSERT_TRUE(queues(waiting.size()));
  door.open();
  expect_answer(client.answer(held), 200);
  for (const auto each : waiting) expect_answer(client.answer(each), 200);
  EXPECT_EQ(shed(), 0U);
}

// Others are told to come again: at once where the queue is full, after queue_wait in it.
TEST_F(Http2Admission, StreamsAreToldToComeAgain) {
  start_with(1, slack(2s));
  auto client = connect();
  const auto held = client.get("/held");
  ASSERT_TRUE(door.reached());
  const auto waits = client.get("/hello"), finds_it_full = client.get("/hello");
  for (const auto each : {finds_it_full, waits}) {
    expect_answer(client.answer(each), 503);
    EXPECT_EQ(client.on(each).field("retry-after"), "1");
  }
  EXPECT_EQ(shed(), 2U);
  door.open();
  expect_answer(client.answer(held), 200);
}

// A stream that is reset, and a connection that breaks, leave the queue.
TEST_F(Http2Admission, ForgetsWhoHasGone) {
  start_with(16);
  auto client = connect();
  const auto held = client.get("/held");
  ASSERT_TRUE(door.reached());
  const auto gone = client.get("/held");
  ASSERT_TRUE(queues(1));
  client.reset(gone);
  ASSERT_TRUE(queues(0));
  {
    auto other = connect();
    other.get("/held");
    ASSERT_TRUE(queues(1));
    other.raw().reset();
  }
  ASSERT_TRUE(queues(0));
  door.open();
  expect_answer(client.answer(held), 200);
}

// The stop: at the hard cancel who waits is told 503.
TEST_F(Http2Admission, StopTellsWhoWaits) {
  start_with(16, ample, slack(300ms));
  auto client = connect();
  const auto held = client.get("/held");
  ASSERT_TRUE(door.reached());
  const auto waits = client.get("/say/word");
  ASSERT_TRUE(queues(1));
  auto stop = app->begin_stop();
  expect_answer(client.answer(held), 503);
  expect_answer(client.answer(waits), 503);
  EXPECT_LT(stop.get().took, soon);
}

}  // namespace
}  // namespace sundown::test
