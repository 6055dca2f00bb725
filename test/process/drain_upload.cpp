// Requests whose body is on its way when the service stops.
#include "process/scenario.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;

// Uploads that are half way at the signal are read to their end and answered.
TEST(DrainUpload, ReadsItToTheEnd) {
  running app(with(patient()));
  constexpr std::size_t size = 300'000;
  const auto request = post("/demo/upload", std::string(size, 'u'), "application/octet-stream");
  const auto first = request.substr(0, request.size() / 2), second = request.substr(first.size());
  auto clients = connect_each(app.http(), 8, first);
  ASSERT_TRUE(app.wait_all_read());
  stop(app, SIGTERM);
  for (auto& client : clients) ASSERT_EQ(client.send(second), sending::sent);
  for (auto& client : clients) {
    const auto answer = client.read_response();
    EXPECT_TRUE(answer.whole()) << answer.describe();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.says_close());
    EXPECT_THAT(answer.body, HasSubstr(std::to_string(size)));
  }
  expect_exit(app, 0, promptly);
}

// A client that was told to continue before the signal may do so after it.
TEST(DrainUpload, KeepsItsWordOfContinue) {
  running app(with(patient()));
  auto client = connected(app.http());
  ASSERT_EQ(client.send("POST /demo/upload HTTP/1.1\r\nHost: sundown.test\r\nContent-Length: 5\r\n"
                        "Expect: 100-continue\r\n\r\n"),
            sending::sent);
  ASSERT_EQ(client.read_response().status, 100);
  stop(app, SIGTERM);
  ASSERT_EQ(client.send("12345"), sending::sent);
  expect_last_answer(client);
  expect_exit(app, 0, promptly);
}

}  // namespace
}  // namespace sundown::test
