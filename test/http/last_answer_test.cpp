// How a connection ends after the answer that its client has asked to be the last.
#include "http/fixture.hpp"
#include "http/gate.hpp"
#include "http/handlers.hpp"

#include <thread>
#include <utility>

namespace sundown::test {
namespace {

constexpr std::size_t longer_than_its_buffer = 20'000;  // but for the kernel to take

class LastAnswer : public testing::TestWithParam<std::string> {
 protected:
  serving app{[](http::router& to) {
    basic_routes(to);
    to.get("/long", [](const http::request&) { return text(std::string(longer_than_its_buffer, 'l')); });
  }};
};

// A client that sends nothing more, and has every byte, is waited for no longer: its own close may take what it takes.
TEST_P(LastAnswer, IsTheEnd) {
  std::vector<raw_client> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(app.send(GetParam()));
    const auto answer = clients.back().read_response();
    EXPECT_TRUE(answer.whole() && answer.says_close()) << answer.describe();
    EXPECT_EQ(clients.back().read_until_end(), ending::fin);
  }
  // One whose acknowledgement came a moment later lingers until it closes.
  EXPECT_TRUE(eventually(ample, [&] { return app.server().activity().connections < clients.size() / 2; }))
      << app.server().activity().connections;
}

// What it sends behind its last request all the same destroys no answer.
TEST_P(LastAnswer, WithMoreBehindIt) {
  for (int i = 0; i < 40; ++i) {
    auto client = app.send(GetParam() + get("/hello") + std::string(64 << 10, 'x'));
    EXPECT_TRUE(client.read_response().whole());
    EXPECT_EQ(client.read_until_end(), ending::fin);
  }
}

// Nor does more of it: who sends anything behind its last request is not done.
TEST_P(LastAnswer, WithMoreAndMoreBehindIt) {
  for (const std::string behind : {"\r\n", "x", "GET /hello HTT"}) {
    for (int i = 0; i < 10; ++i) {
      auto client = app.send(GetParam() + behind);
      EXPECT_TRUE(client.read_response().whole());
      for (int more = 0; more < 3; ++more) client.send("more");
      client.half_close();
      EXPECT_EQ(client.read_until_end(), ending::fin) << testing::PrintToString(behind);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, LastAnswer,
                         testing::Values(get("/hello", "Connection: close\r\n"), "GET /hello HTTP/1.0\r\n\r\n",
                                         "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                                         "Content-Length: 4\r\n\r\nmore",
                                         get("/three", "Connection: close\r\n")));

// Nor does what comes while its request, or one before it, is under way.
TEST(LastAnswerOf, AHandlerThatTookItsTime) {
  const auto last = get("/hello", "Connection: close\r\n");
  for (const auto& [asked, answers] :
       {std::pair(get("/held", "Connection: close\r\n"), 1), std::pair(get("/blocked", "Connection: close\r\n"), 1),
        std::pair(get("/held") + last, 2), std::pair(get("/blocked") + last, 2)}) {
    gate door;
    serving app([&](http::router& to) {
      basic_routes(to);
      to.get("/held", [&](const http::request&) { return pass(door); });
      to.get("/blocked", [&](const http::request&) {
        door.block();
        return text("passed");
      });
    });
    auto client = app.send(asked);
    ASSERT_TRUE(door.reached());
    client.send(std::string(1000, 'x'));
    ASSERT_TRUE(eventually(ample, [&] { return client.unacknowledged() == 0; }));  // it is there before the answer
    std::this_thread::sleep_for(2ms);  // it may take what has come just before it closes for what comes just after
    door.open();
    for (int i = 0; i < answers; ++i) EXPECT_TRUE(client.read_response().whole()) << asked;
    EXPECT_EQ(client.read_until_end(), ending::fin) << asked;
  }
}

class LingeringAnswer : public LastAnswer {};

// The end of the connection is waited for where it is the answer's end, and where bytes are still on their way.
TEST_P(LingeringAnswer, IsWaitedFor) {
  auto client = app.connect(2 << 10);
  client.send(GetParam());
  ASSERT_TRUE(app.reaches("linger"));
  EXPECT_TRUE(client.read_response().whole());
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

INSTANTIATE_TEST_SUITE_P(All, LingeringAnswer,
                         testing::Values("GET /three HTTP/1.0\r\n\r\n", get("/long", "Connection: close\r\n")));

}  // namespace
}  // namespace sundown::test
