// Several requests sent at once on one connection when the service stops.
#include "process/scenario.hpp"

namespace sundown::test {
namespace {

// Five pipelined requests, the signal while the second is handled: five whole answers, in order, and only the last
// says close.
TEST(DrainPipelined, AnswersAllThatWereSent) {
  running app(with(patient()));
  auto client = connected(app.http());
  const auto quick = get("/hello");
  ASSERT_EQ(client.send(quick + get("/demo/sleep?ms=3000") + get("/demo/bytes?n=5000") + quick + quick), sending::sent);
  ASSERT_TRUE(client.read_response().whole());
  stop(app, SIGTERM);
  for (int number = 2; number <= 5; ++number) {
    const auto answer = client.read_response();
    EXPECT_TRUE(answer.whole()) << number << ": " << answer.describe();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.says_close(), number == 5) << number << ": " << answer.describe();
    if (number == 3) {
      EXPECT_EQ(answer.body.size(), 5000U);
    }
  }
  EXPECT_EQ(client.read_until_end(), ending::fin);
  expect_exit(app, 0, 3s + promptly);
}

// A request of which the head is not complete behind an answered one gets its answer too, if its rest comes in time.
TEST(DrainPipelined, WaitsForTheRestOfTheNextOne) {
  running app(with(patient()));
  auto client = connected(app.http());
  const auto last = get("/hello");
  ASSERT_EQ(client.send(get("/demo/sleep?ms=600") + last.substr(0, 12)), sending::sent);
  ASSERT_TRUE(app.wait_all_read());
  app.signal(SIGTERM);
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  if (!answer.says_close()) {
    ASSERT_EQ(client.send(last.substr(12)), sending::sent);
    expect_last_answer(client);
  }
  expect_exit(app, 0, promptly);
}

}  // namespace
}  // namespace sundown::test
