// What a client may not do for long: each costs its connection, is counted, and leaves the others alone.
#include "http2/fixture.hpp"

#include <algorithm>
#include <thread>

namespace sundown::test {
namespace {

class Http2Floods : public Http2 {
 protected:
  enum kind : std::size_t { resets, continuations, header_list, empty_data, control, library };

  /// The connection has ended, with GOAWAY where it could still be read, and the flood is counted.
  void expect_ended(frame_client& client, kind counted) {
    EXPECT_NE(client.read_until_end(), ending::timed_out);
    for (const auto& said : client.goaways) EXPECT_EQ(said.code, std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
    EXPECT_EQ(floods(counted), 1U);
    auto other = connect();
    expect_answer(other.answer(other.get("/hello")), 200);
    EXPECT_TRUE(app->reaches("idle"));
  }
  /// Sends without reading what comes back, in larger pieces.
  static void flood(frame_client& client, std::string_view frames, int times) {
    std::string piece;
    for (int i = 0; i < times; ++i) piece += frames;
    client.raw().send(piece);
  }
  static std::string frame_of(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    return big_endian(static_cast<std::uint32_t>(payload.size()), 3) + std::string{static_cast<char>(type)} +
           std::string{static_cast<char>(flags)} + big_endian(stream) + std::string(payload);
  }
  /// Requests, each with a frame of its stream right behind it.
  static void flood_with_requests(frame_client& client, std::uint8_t type, std::string_view payload,
                                  std::uint32_t from = 0, std::uint32_t to = 3000) {
    std::string frames;
    for (std::uint32_t stream = 2 * from + 1; stream < 2 * to; stream += 2) {
      frames +=
          frame_of(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, stream,
                   client.block({{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/held"}}));
      frames += frame_of(type, 0, stream, payload);
    }
    client.raw().send(frames);
  }
};

// Rapid reset (CVE-2023-44487): requests that are cancelled as soon as they are sent.
TEST_F(Http2Floods, RapidReset) {
  start();
  auto client = connect();
  flood_with_requests(client, NGHTTP2_RST_STREAM, big_endian(NGHTTP2_CANCEL));
  expect_ended(client, resets);
}

// So they are from a client that takes its time, whose floods other limits would end before ours.
TEST_F(Http2Floods, RapidResetWithAPause) {
  start();
  auto client = connect();
  flood_with_requests(client, NGHTTP2_RST_STREAM, big_endian(NGHTTP2_CANCEL), 0, 900);
  EXPECT_FALSE(client.read_until([&] { return !client.goaways.empty(); }, slack(500ms)));
  flood_with_requests(client, NGHTTP2_RST_STREAM, big_endian(NGHTTP2_CANCEL), 900, 3000);
  expect_ended(client, resets);
}

// A client in good order that cancels some hundreds of requests goes on.
TEST_F(Http2Floods, SomeResets) {
  start();
  auto client = connect();
  for (int i = 0; i < 300; ++i) client.reset(client.get("/held"));
  expect_answer(client.answer(client.get("/hello")), 200);
}

// Resets that our side is made to send (CVE-2025-8671) count alike.
TEST_F(Http2Floods, ProvokedResets) {
  start();
  auto client = connect();
  flood_with_requests(client, NGHTTP2_WINDOW_UPDATE, big_endian(0x7fffffff));
  expect_ended(client, resets);
}

// A head in a few frames that come byte by byte is no flood, though nghttp2 counts pieces.
TEST_F(Http2Floods, FewContinuationsByteByByte) {
  start();
  auto client = connect();
  const auto block = client.block({{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/hello"}});
  const auto frames = frame_of(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, block.substr(0, 2)) +
                      frame_of(NGHTTP2_CONTINUATION, 0, 1, block.substr(2, 2)) +
                      frame_of(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, block.substr(4));
  for (const char each : frames) client.send({&each, 1});
  expect_answer(client.answer(1), 200);
}

// CONTINUATION frames without an end (CVE-2024-27316).
TEST_F(Http2Floods, Continuations) {
  start();
  auto client = connect();
  client.send_frame(NGHTTP2_HEADERS, 0, 1, client.block({{":method", "GET"}}));
  flood(client, frame_of(NGHTTP2_CONTINUATION, 0, 1, {}), 3000);
  expect_ended(client, continuations);
}

// A head far beyond the limit: a few bytes of HPACK make kilobytes.
TEST_F(Http2Floods, HeaderList) {
  start();
  auto client = connect();
  const std::string value(3000, 'v');
  field_list fields{{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/hello"}};
  for (int i = 0; i < 100; ++i) fields.emplace_back("x-bomb", value);
  client.send_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, client.block(fields));
  expect_ended(client, header_list);
}

// DATA frames that bring nothing (CVE-2019-9518).
TEST_F(Http2Floods, EmptyData) {
  start();
  auto client = connect();
  const auto stream = client.request("POST", "/upload", {}, false);
  flood(client, frame_of(NGHTTP2_DATA, 0, stream, {}), 3000);
  expect_ended(client, empty_data);
}

// PING and SETTINGS, each of which wants an answer (CVE-2019-9512, CVE-2019-9515).
TEST_F(Http2Floods, Pings) {
  start();
  auto client = connect();
  flood(client, frame_of(NGHTTP2_PING, 0, 0, "12345678"), 3000);
  expect_ended(client, control);
}
TEST_F(Http2Floods, Settings) {
  start();
  auto client = connect();
  flood(client, frame_of(NGHTTP2_SETTINGS, 0, 0, {}), 3000);
  expect_ended(client, control);
}

// PRIORITY frames.
TEST_F(Http2Floods, Priorities) {
  start();
  auto client = connect();
  flood(client, frame_of(NGHTTP2_PRIORITY, 0, 1, big_endian(0) + std::string(1, 'w')), 3000);
  expect_ended(client, control);
}

// Frames that nobody knows are passed over: they want no answer and take no memory.
TEST_F(Http2Floods, Unknown) {
  start();
  auto client = connect();
  flood(client, frame_of(0xbe, 0, 0, "?"), 3000);
  expect_answer(client.answer(client.get("/hello")), 200);
}

// A window that is opened byte by byte (CVE-2019-9511).
TEST_F(Http2Floods, TinyWindows) {
  start();
  auto client = connect();
  flood(client, frame_of(NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(1)), 3000);
  expect_ended(client, control);
}

// A client that opens the connection's window again by what each small answer took goes on: HAProxy does so.
TEST_F(Http2Floods, SmallAnswers) {
  start();
  auto client = connect();
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(client.answer(client.get("/hello")).body, "Hello, World!") << i;
}

// Answers that are asked for byte by byte cost their connection (CVE-2019-9511).
TEST_F(Http2Floods, AnswersByteByByte) {
  start();
  auto client = connect({{std::to_string(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE), "0"}});
  client.opens_windows = false;
  const auto stream = client.post("/echo", std::string(20'000, 'e'));
  flood(client, frame_of(NGHTTP2_WINDOW_UPDATE, 0, stream, big_endian(1)), 3000);
  expect_ended(client, control);
}

// A client that opens its window by each piece that it gets, and never by so much that pieces grow again, has some that
// are tiny: it goes on, as long as the others bring more.
TEST_F(Http2Floods, SillyWindows) {
  start();
  auto client = connect({{std::to_string(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE), "0"}});
  client.opens_windows = false;
  client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(0x7000'0000));
  constexpr std::size_t size = 900'000;
  for (int answers = 0; answers < 4; ++answers) {
    const auto stream = client.post("/echo", std::string(size, 'e'));
    for (std::size_t opened = 0; opened < size;) {
      for (const std::uint32_t by : {100U, 2000U}) {
        opened += by;
        client.send_frame(NGHTTP2_WINDOW_UPDATE, 0, stream, big_endian(by));
        ASSERT_TRUE(client.read_until([&] { return client.on(stream).body.size() >= std::min(opened, size); }));
      }
    }
    expect_answer(client.answer(stream), 200);
  }
}

// Streams whose handlers run on though they were reset are counted: there are never more than twice max_streams.
TEST_F(Http2Floods, StubbornHandlers) {
  setting how;
  how.limits.max_streams = 10;
  start(how);
  auto client = connect();
  for (std::size_t i = 1; i <= 20; ++i) {
    const auto stream = client.get("/stubborn");
    ASSERT_TRUE(door.reached(i));
    client.reset(stream);
  }
  EXPECT_EQ(client.answer(client.get("/hello")).reset, std::uint32_t{NGHTTP2_REFUSED_STREAM});
  door.open();
  ASSERT_TRUE(app->reaches("idle"));
  expect_answer(client.answer(client.get("/hello")), 200);
}

}  // namespace
}  // namespace sundown::test
