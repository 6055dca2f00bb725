// Bodies far larger than the memory that they may take. Not under sanitizers, which have a memory of their own.
#include "process/memory.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;

constexpr std::size_t gibibyte = std::size_t{1} << 30;
constexpr milliseconds patience = 60s;

// A gibibyte that is sent comes whole to the handler, in little memory.
TEST(LargeBodies, Upload) {
  running app(with(patient()));
  auto client = connected(app.http());
  ASSERT_EQ(
      client.send("POST /demo/upload HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(gibibyte) + "\r\n\r\n"),
      sending::sent);
  const std::string piece(1 << 20, 'u');
  for (std::size_t sent = 0; sent < gibibyte; sent += piece.size()) {
    ASSERT_EQ(client.send(piece, patience), sending::sent) << "after " << sent << " bytes";
  }
  const auto answer = client.read_response(patience);
  EXPECT_EQ(answer.status, 200) << answer.describe();
  EXPECT_THAT(answer.body, HasSubstr("\"length\":" + std::to_string(gibibyte)));
  expect_little_memory(app);
}

// A gibibyte that is asked for goes out whole, in little memory, also to a reader slower than the handler.
TEST(LargeBodies, Download) {
  running app(with(patient()));
  auto client = connected(app.http());
  ASSERT_EQ(client.send(get("/demo/bytes?n=" + std::to_string(gibibyte), "Connection: close\r\n")), sending::sent);
  ASSERT_TRUE(client.read_until("\r\n\r\n"));
  auto& in = client.received();
  auto got = in.size() - (in.find("\r\n\r\n") + 4);
  in.clear();
  while (client.read_some(64 << 10, patience) == ending::open) {
    got += in.size();
    in.clear();
  }
  EXPECT_EQ(got, gibibyte);
  expect_little_memory(app);
}

}  // namespace
}  // namespace sundown::test
