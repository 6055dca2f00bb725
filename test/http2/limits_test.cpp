// Limits while serving: heads, idleness, windows that are never opened.
#include "http2/fixture.hpp"

#include "http/logged.hpp"

#include <malloc.h>

namespace sundown::test {
namespace {

class Http2Limits : public Http2 {
 protected:
  void add(http::router& to) override {
    to.get("/large", [](const http::request&) { return text(std::string(300'000, 'l')); });
  }
};

// Over header_limit, or with too many fields: 431; a target alone that is too long: 414. The connection goes on.
TEST_F(Http2Limits, Heads) {
  start();
  auto client = connect();
  expect_answer(client.answer(client.get("/hello", {{"x-long", std::string(9000, 'x')}})), 431);
  expect_answer(client.answer(client.get("/" + std::string(9000, 'p'))), 414);
  field_list many;
  for (int i = 0; i < 101; ++i) many.emplace_back("x-" + std::to_string(i), "1");
  expect_answer(client.answer(client.get("/hello", many)), 431);
  expect_answer(client.answer(client.get("/hello")), 200);
}

// Half a header block has header_timeout.
TEST_F(Http2Limits, HalfAHead) {
  setting how;
  how.limits.header_timeout = slack(100ms);
  start(how);
  auto client = connect();
  client.send_frame(NGHTTP2_HEADERS, 0, 1, client.block({{":method", "GET"}}));
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// An idle connection is told and ended by idle_timeout; PING frames keep nothing alive.
TEST_F(Http2Limits, Idle) {
  setting how;
  how.limits.idle_timeout = slack(2s);  // the client has asked by then
  start(how);
  auto client = connect();
  expect_answer(client.answer(client.get("/hello")), 200);
  expect_farewell(client, 1);
}

// One with a request under way is not idle.
TEST_F(Http2Limits, NotIdle) {
  setting how;
  how.limits.idle_timeout = slack(2s);
  start(how);
  auto client = connect();
  const auto held = client.get("/held");
  ASSERT_TRUE(door.reached());
  EXPECT_FALSE(client.read_until([&] { return !client.goaways.empty(); }, slack(2200ms)));
  door.open();
  EXPECT_EQ(client.answer(held).body, "passed");
}

// A window that is never opened: the stream is given up by stall_limit, and the others go on.
TEST_F(Http2Limits, Stalled) {
  setting how;
  how.limits.stall_limit = slack(150ms);
  start(how);
  auto client = connect();
  client.opens_windows = false;
  const auto stalled = client.get("/large");
  EXPECT_EQ(client.answer(stalled).reset, std::uint32_t{NGHTTP2_CANCEL});
  EXPECT_EQ(client.on(stalled).body.size(), 65'535U);
  client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(65'535));
  expect_answer(client.answer(client.get("/hello")), 200);
  EXPECT_EQ(app->server().figures().cut, 1U);
}

// One that is opened in time is none.
TEST_F(Http2Limits, SlowButMoving) {
  setting how;
  how.limits.stall_limit = slack(2500ms);
  start(how);
  auto client = connect();
  client.opens_windows = false;
  const auto stream = client.get("/large");
  for (int i = 0; i < 6; ++i) {
    client.read_until([] { return false; }, slack(500ms));
    EXPECT_FALSE(client.on(stream).reset);
    client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(1000));
    client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, stream, big_endian(1000));
  }
  client.reset(stream);
}

}  // namespace
}  // namespace sundown::test
