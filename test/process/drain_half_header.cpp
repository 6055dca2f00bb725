// A request of which only a part of the head has come when the service stops.
#include "process/scenario.hpp"

namespace sundown::test {
namespace {

constexpr auto half = "GET /hello HTTP/1.1\r\nHost: sundown.te";
constexpr auto rest = "st\r\n\r\n";

// Half a head and then silence: 408 with close when header_grace has passed, and the exit within 200 ms of that, with
// code 0. The others are not disturbed.
TEST(DrainHalfHeader, GetsA408AtTheEndOfTheGrace) {
  const auto took = fastest(800ms + slack(200ms), [] {
    running app(with(patient({{"SUNDOWN_SHUTDOWN__HEADER_GRACE", "800ms"}})));
    auto silent = connect_each(app.http(), 3, half);
    held_requests others(app.http(), 5);
    EXPECT_TRUE(app.wait_all_read());
    stop(app, SIGTERM);
    others.finish();
    for (auto& client : silent) {
      const auto answer = client.read_response();
      EXPECT_TRUE(answer.whole()) << answer.describe();
      EXPECT_EQ(answer.status, 408);
      EXPECT_TRUE(answer.says_close());
      EXPECT_EQ(client.read_until_end(), ending::fin);
    }
    return expect_exit(app, 0, ample).after_signal;
  });
  EXPECT_LE(took, 800ms + slack(200ms));
}

// A head that is completed within the grace is a request like any other.
TEST(DrainHalfHeader, IsAnsweredIfItsRestComes) {
  running app(with(patient()));
  auto clients = connect_each(app.http(), 5, half);
  ASSERT_TRUE(app.wait_all_read());
  stop(app, SIGTERM);
  for (auto& client : clients) {
    EXPECT_EQ(client.send_byte_by_byte(rest), sending::sent);
    expect_last_answer(client);
  }
  expect_exit(app, 0, promptly);
}

}  // namespace
}  // namespace sundown::test
