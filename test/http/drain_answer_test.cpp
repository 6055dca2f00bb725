// Answers on their way when the service stops.
#include "http/expect.hpp"
#include "http/fixture.hpp"
#include "http/handlers.hpp"

namespace sundown::test {
namespace {

http::response large_answer(const http::request&) { return text(std::string(16 << 20, 'l')); }

// An answer that is being written arrives whole, however slowly its client reads.
TEST(DrainAnswer, Whole) {
  setting how;
  how.plan.hard_cancel = how.plan.drain = 3 * ample;
  serving app([](http::router& to) { to.get("/large", large_answer); }, how);
  auto client = app.connect(4 << 10);
  client.send(get("/large"));
  ASSERT_TRUE(app.reaches("answer"));
  auto stop = app.begin_stop();
  const auto answer = client.read_response(3 * ample);
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(answer.body.size(), 16U << 20);
  expect_nothing_but_fin(client);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// A client that reads nothing is cut after the stop's stall_limit, by name, and disturbs no other.
TEST(DrainAnswer, Stalled) {
  gate door;
  setting how;
  how.plan.stall_limit = slack(300ms);
  serving app(
      [&](http::router& to) {
        to.get("/large", large_answer);
        to.get("/held", [&](const http::request&) { return pass(door); });
      },
      how);
  auto stalled = app.connect(4 << 10);
  stalled.send(get("/large"));
  auto held = app.send(get("/held"));
  ASSERT_TRUE(app.reaches("answer"));
  ASSERT_TRUE(door.reached());
  auto stop = app.begin_stop();
  ASSERT_TRUE(app.reaches("answer", 0));
  door.open();
  expect_last(held);
  const auto end = stop.get();
  EXPECT_EQ(end.why_cut("GET /large"), "stall_limit");
  EXPECT_EQ(end.did.cut.size(), 1U);
  EXPECT_EQ(stalled.read_until_end(), ending::rst);
}

}  // namespace
}  // namespace sundown::test
