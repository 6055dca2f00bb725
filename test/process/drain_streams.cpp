// Answers without an end of their own, when the service stops: they are told, and end properly.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"
#include "support/testing.hpp"
#include "wire/socket_table.hpp"

#include <gmock/gmock.h>

#include <utility>

namespace sundown::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// Every subscriber of an event stream gets a last event and the last chunk, at once, not at the end of the grace.
TEST(DrainStreams, EventStreamSaysBye) {
  running app(with(patient_with_answers()));
  auto clients = connect_each(app.http(), 5, get("/demo/events"));
  for (auto& client : clients) ASSERT_TRUE(client.read_until("data: ")) << client.received();
  app.signal(SIGTERM);
  for (auto& client : clients) {
    const auto answer = client.read_response();
    EXPECT_TRUE(answer.whole()) << answer.describe();
    EXPECT_THAT(answer.field("content-type").value_or(""), HasSubstr("text/event-stream"));
    EXPECT_THAT(answer.body, HasSubstr("event: bye\n"));
    EXPECT_THAT(answer.body, EndsWith("\n\n"));
    EXPECT_EQ(client.read_until_end(), ending::fin);
  }
  expect_exit(app, 0, promptly);
}

// A chunked answer that has an end of its own is sent to that end.
TEST(DrainStreams, ChunkedAnswerIsFinished) {
  running app(with(patient_with_answers()));
  auto client = connected(app.http());
  ASSERT_EQ(client.send(get("/demo/chunks?n=8&interval_ms=100")), sending::sent);
  ASSERT_TRUE(client.read_until("chunk 2\n"));
  app.signal(SIGTERM);
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_THAT(answer.body, EndsWith("chunk 8\n"));
  EXPECT_EQ(client.read_until_end(), ending::fin);
  expect_exit(app, 0, promptly);
}

/// A WebSocket client's handshake (the sample key of RFC 6455 §1.3) and an echo.
raw_client open_websocket(const endpoint& where) {
  auto client = connected(where);
  client.send(get("/demo/echo",
                  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 101) << answer.describe();
  EXPECT_EQ(answer.field("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  // Masked with zeros, so that the text stays readable.
  client.send({"\x81\x82\0\0\0\0hi", 8});
  EXPECT_TRUE(client.read_until({"\x81\x02hi", 4}));
  client.received().clear();
  return client;
}

/// A close frame with 1001, "going away"; the reason after it is free.
bool is_going_away(std::string_view frame) {
  return frame.size() >= 4 && frame[0] == '\x88' && frame.substr(2, 2) == "\x03\xE9";
}

// A WebSocket is closed with 1001, the client's close is awaited, and the connection ends in order.
TEST(DrainStreams, WebSocketGoesAway) {
  running app(with(patient()));
  auto client = open_websocket(app.http());
  app.signal(SIGTERM);
  ASSERT_TRUE(client.read_until("\x03\xE9"));
  EXPECT_TRUE(is_going_away(client.received()));
  EXPECT_FALSE(app.wait_exit(100ms)) << "the client has not closed yet";
  client.send({"\x88\x82\0\0\0\0\x03\xE9", 8});
  EXPECT_EQ(client.read_until_end(), ending::fin);
  expect_exit(app, 0, promptly);
}

// A client that never closes its WebSocket is given websocket_grace, no more.
TEST(DrainStreams, SilentWebSocketIsBounded) {
  running app(with(patient({{"SUNDOWN_SHUTDOWN__WEBSOCKET_GRACE", "600ms"}})));
  auto client = open_websocket(app.http());
  app.signal(SIGTERM);
  ASSERT_TRUE(client.read_until("\x03\xE9"));
  expect_exit(app, 0, 600ms + promptly);
}

// A client that has stopped reading its stream, so that all buffers are full, holds up the stop for stall_limit, no
// more.
TEST(DrainStreams, StalledChunksAreBounded) {
  running app(with(patient({{"SUNDOWN_SHUTDOWN__STALL_LIMIT", "700ms"}})));
  auto client = connected(app.http(), 4 << 10);
  ASSERT_EQ(client.send(get("/demo/chunks?n=1000000&interval_ms=0")), sending::sent);
  ASSERT_TRUE(client.read_until("chunk 1\n"));
  ASSERT_TRUE(eventually(for_many, [&, before = std::size_t{0}, looks = 0]() mutable {
    const auto waiting = unsent_bytes(app.http().port);
    looks = std::exchange(before, waiting) == waiting && waiting > 0 ? looks + 1 : 0;
    return looks == 20;
  }));
  app.signal(SIGTERM);
  expect_exit(app, 3, 2 * ample);  // what is not full after all is filled first
  EXPECT_THAT(report_of(app).text, HasSubstr("/demo/chunks"));
}

}  // namespace
}  // namespace sundown::test
