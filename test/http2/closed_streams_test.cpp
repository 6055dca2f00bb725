// Frames on streams that are closed (RFC 9113 §5.1): whose fault they are decides what they cost.
#include "http2/fixture.hpp"

#include <array>

namespace sundown::test {
namespace {

class Http2Closed : public Http2 {
 protected:
  static void send_data(frame_client& client, std::uint32_t stream) { client.data(stream, "late", false); }
  static void send_trailers(frame_client& client, std::uint32_t stream) {
    client.send_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, stream,
                      client.block({{"x-trailer", "late"}}));
  }
  static constexpr std::array senders{send_data, send_trailers};

  static void expect_broken_off(frame_client& client) {
    EXPECT_EQ(client.read_until_end(), ending::fin);
    ASSERT_FALSE(client.goaways.empty());
    EXPECT_EQ(client.goaways.back().code, std::uint32_t{NGHTTP2_STREAM_CLOSED});
  }
};

// A stream that the client has ended itself, by END_STREAM or by RST_STREAM, takes nothing more of it: the connection
// ends, though its answer has been given and nothing is known of it any more.
TEST_F(Http2Closed, EndedByTheClient) {
  start();
  for (const auto send : senders) {
    auto client = connect();
    const auto answered = client.get("/hello");
    expect_answer(client.answer(answered), 200);
    send(client, answered);
    expect_broken_off(client);

    auto other = connect();
    const auto reset = other.request("POST", "/echo", {}, false);
    other.reset(reset);
    expect_answer(other.answer(other.get("/hello")), 200);
    send(other, reset);
    expect_broken_off(other);
  }
}

// So does one that was passed over: its number is below those that were used.
TEST_F(Http2Closed, PassedOver) {
  start();
  for (const auto send : senders) {
    auto client = connect();
    client.skip_stream();
    expect_answer(client.answer(client.get("/hello")), 200);
    send(client, 1);
    expect_broken_off(client);
  }
}

// The head of such a frame may be cut anywhere.
TEST_F(Http2Closed, ByteByByte) {
  start();
  auto client = connect();
  const auto stream = client.get("/hello");
  expect_answer(client.answer(client.post("/echo", "body")), 200);
  expect_answer(client.answer(stream), 200);
  for (const char byte : big_endian(4, 3) + std::string(2, '\0') + big_endian(stream)) client.send({&byte, 1});
  expect_broken_off(client);
}

// What may be under way on a stream that was reset from here is passed over: an answer before the body's end resets it,
// and a rule that the client has broken.
TEST_F(Http2Closed, ResetFromHere) {
  start();
  auto client = connect();
  const auto answered = client.request("POST", "/hello", {}, false);  // 405 at once
  const auto faulty = client.request("POST", "/echo", {}, false);
  client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, faulty, big_endian(0x7fffffff));
  for (const auto stream : {faulty, answered}) {
    EXPECT_TRUE(client.read_until([&] { return client.on(stream).reset.has_value(); }));
    for (const auto send : senders) send(client, stream);
  }
  expect_answer(client.answer(client.get("/hello")), 200);
}

// So is the rest of a request that was one too many: it comes in one piece with what is refused, by a client that has
// not read the limit yet.
TEST_F(Http2Closed, Refused) {
  setting how;
  how.limits.max_streams = 1;
  start(how);
  auto client = connect();
  client.hold();
  const auto held = client.get("/held");
  const auto refused = client.post("/echo", "body");
  client.release();
  EXPECT_EQ(client.answer(refused).reset, std::uint32_t{NGHTTP2_REFUSED_STREAM});
  for (const auto send : senders) send(client, refused);
  door.open();
  expect_answer(client.answer(held), 200);
  expect_answer(client.answer(client.get("/hello")), 200);
}

// Windows, priorities and resets mean nothing on a closed stream, and are no fault.
TEST_F(Http2Closed, OtherFrames) {
  start();
  auto client = connect();
  const auto stream = client.get("/hello");
  expect_answer(client.answer(stream), 200);
  client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, stream, big_endian(1000));
  client.send_frame(NGHTTP2_PRIORITY, 0, stream, big_endian(0) + std::string(1, 'w'));
  client.reset(stream);
  expect_answer(client.answer(client.get("/hello")), 200);
}

}  // namespace
}  // namespace sundown::test
