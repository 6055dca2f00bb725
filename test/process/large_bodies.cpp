// Bodies far larger than the memory that they may take. Not under sanitizers, which have a memory of their own.
#include "process/scenario.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace sundown::test {
namespace {

using testing::HasSubstr;

constexpr std::size_t gibibyte = std::size_t{1} << 30;
constexpr std::size_t memory_limit = std::size_t{64} << 20;
constexpr milliseconds patience = 60s;

/// Resident memory in bytes: VmRSS is what the process has now, VmHWM the most that it has ever had; 0 if that can't be
/// read.
std::size_t memory(running& app, const std::string& which) {
  std::ifstream status("/proc/" + std::to_string(app.process().pid()) + "/status");
  std::string key;
  std::size_t kilobytes = 0;
  while (status >> key) {
    if (key == which + ':' && status >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

void expect_little_memory(running& app) {
  const auto peak = memory(app, "VmHWM");
  EXPECT_GT(peak, 0U);
  EXPECT_LT(peak, memory_limit);
}

// A gibibyte that is sent comes whole to the handler, in little memory.
TEST(LargeBodies, Upload) {
  running app;
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
  running app;
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

// A list of large notes is bounded in bytes, not only in notes: in memory, and in what a client can leave unread. All
// of them are listed, page by page.
TEST(LargeBodies, Lists) {
  running app;
  constexpr int notes = 100, lists = 8;
  const auto large = R"({"body":")" + std::string(1'000'000, 'z') + R"("})";
  for (int i = 0; i < notes; ++i) ASSERT_EQ(ask(app.http(), post("/v1/notes", large)).status, 201);
  std::vector<raw_client> unread;
  for (int i = 0; i < lists; ++i) {
    unread.push_back(connected(app.http(), 4096));
    ASSERT_EQ(unread.back().send(get("/v1/notes?limit=500")), sending::sent);
    ASSERT_EQ(unread.back().read_some(1), ending::open);  // it has begun
  }
  expect_little_memory(app);
  int listed = 0;
  for (std::string after; after != "null"; ++listed) {
    const auto page = ask(app.http(), get("/v1/notes?limit=500&after=" + after));
    ASSERT_EQ(page.status, 200) << page.describe();
    EXPECT_LT(page.body.size(), 1'100'000U) << "one note, since a second one would be too much";
    const auto next = page.body.rfind("\"next\":") + 7;
    after = page.body.substr(next, page.body.size() - 1 - next);
    if (after.front() == '"') after = after.substr(1, after.size() - 2);
  }
  EXPECT_EQ(listed, notes);
  expect_little_memory(app);
}

// The memory of large answers goes back when they are sent, though their connections stay; and when their clients have
// gone without reading them.
TEST(LargeBodies, LeaveNoMemoryBehind) {
  running app;
  const auto large = R"({"body":")" + std::string(1'000'000, 'z') + R"("})";
  const auto made = ask(app.http(), post("/v1/notes", large)).field("location").value();
  const auto before = memory(app, "VmRSS");
  for (const bool read : {true, false}) {
    auto clients = connect_each(app.http(), 60, get(made));
    for (auto& client : clients) ASSERT_EQ(client.read_some(1), ending::open);
    if (read) {
      for (auto& client : clients) ASSERT_EQ(client.read_response().status, 200);
    } else {
      clients.clear();
    }
    EXPECT_TRUE(eventually(ample * 2, [&] { return memory(app, "VmRSS") < before + (std::size_t{20} << 20); }))
        << memory(app, "VmRSS") << " bytes, before " << before;
  }
}

}  // namespace
}  // namespace sundown::test
