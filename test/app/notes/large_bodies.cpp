// Large notes take little memory. Not under sanitizers, which have a memory of their own.
#include "process/memory.hpp"

namespace sundown::test {
namespace {

// A list of large notes is bounded in bytes, not only in notes: in memory, and in what a client can leave unread. All
// of them are listed, page by page.
TEST(LargeBodies, Lists) {
  running app(sample());
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
  running app(sample());
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
