// Answers that are read piece by piece.
#include "http_client/fixture.hpp"

#include <atomic>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using http_client::request;

/// All of a stream, or its error.
task<result<std::string>> read_all(http_client::client& from, request what) {
  auto opened = co_await from.open(std::move(what));
  if (!opened) co_return opened.error();
  std::string all;
  for (;;) {
    auto piece = co_await opened->read();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return all;
    all += *piece;
  }
}

// Far more than the limit of an answer that is taken whole, and the connection is used again.
TEST(HttpStreams, HaveNoLimit) {
  const std::string large(5 << 20, 'x');
  const scripted_server server(answers(whole(large)));
  auto how = patient_client();
  how.answer_limit = 10;
  http_calls calls(how);
  for (int i = 0; i < 2; ++i) {
    const auto got = calls.worker.run(read_all(calls.client, request(http::verb::get, server.url())));
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(*got, large);
  }
  EXPECT_EQ(server.connections(), 1);
}

// What nobody reads stops the server: it isn't kept here.
TEST(HttpStreams, StopTheServer) {
  std::atomic<std::size_t> sent{0};
  std::atomic<bool> over{false};
  const scripted_server server([&](peer& client, int) {
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\n\r\n");
    const std::string piece(64 << 10, 'x');
    while (!over && sent < (64U << 20) && client.send(piece)) sent += piece.size();
  });
  http_calls calls;
  auto opened = calls.worker.run(calls.client.open(request(http::verb::get, server.url())));
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(opened->status(), 200U);
  ASSERT_TRUE(eventually(ample, [&] {
    const auto before = sent.load();
    std::this_thread::sleep_for(100ms);
    return before != 0 && before == sent;
  }));
  EXPECT_LT(sent, 32U << 20);
  over = true;
  const auto dropped = std::move(*opened);  // its end ends the call
}

// A cut in the middle is an error, not an end.
TEST(HttpStreams, SayThatTheyAreCut) {
  const scripted_server server([](peer& client, int) {
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  });
  http_calls calls;
  const auto got = calls.worker.run(read_all(calls.client, request(http::verb::get, server.url())));
  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().detail, testing::HasSubstr("before its answer was whole"));
}

// The limit is for the head, and for each piece: a slow stream goes on, a silent one doesn't.
TEST(HttpStreams, HaveTheirTimePerPiece) {
  std::atomic<bool> silent{false};
  const scripted_server server([&](peer& client, int) {
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\n\r\n");
    if (silent) return client.wait_end();
    for (int i = 0; i < 6; ++i) {
      client.send("x");
      std::this_thread::sleep_for(500ms);
    }
  });
  http_calls calls;
  const auto slow = request(http::verb::get, server.url()).within(2500ms);  // less than all of it takes
  const auto got = calls.worker.run(read_all(calls.client, slow));
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(*got, "xxxxxx");
  silent = true;
  const auto late = calls.worker.run(read_all(calls.client, request(http::verb::get, server.url()).within(300ms)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, errc::timed_out);
}

// One that is dropped in the middle closes its connection, and close() waits for no one.
TEST(HttpStreams, EndWithTheirReader) {
  std::atomic<int> gone{0};
  const scripted_server server([&](peer& client, int) {
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\n\r\nabc");
    client.wait_end();
    ++gone;
  });
  http_calls calls;
  {
    auto opened = calls.worker.run(calls.client.open(request(http::verb::get, server.url())));
    ASSERT_TRUE(opened) << opened.error().detail;
    const auto piece = calls.worker.run(opened->read());
    ASSERT_TRUE(piece);
    EXPECT_EQ(*piece, "abc");
  }
  EXPECT_TRUE(eventually(ample, [&] { return gone == 1; }));
  calls.close();
}

}  // namespace
}  // namespace sundown::test
