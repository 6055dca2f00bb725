// HTTP/2 with prior knowledge over a unix socket: requests, and a stop.
#include "http2/fixture.hpp"

#include <sundown/testing/temp_dir.hpp>

namespace sundown::test {
namespace {

using Http2OverUnix = Http2;

// Streams are served, those under way at the stop as well, and the last is named.
TEST_F(Http2OverUnix, ServesAndStops) {
  const temp_dir directory;
  setting how;
  how.limits.address = "unix:" + (directory / "x.sock").string();
  start(how);
  auto client = connect();
  const auto& got = client.answer(client.get("/hello"));
  expect_answer(got, 200);
  EXPECT_EQ(got.body, "Hello, World!");
  const auto held = client.get("/held");
  ASSERT_TRUE(door.reached());
  auto stop = app->begin_stop();
  door.open();
  expect_answer(client.answer(held), 200);
  expect_farewell(client, held);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

}  // namespace
}  // namespace sundown::test
