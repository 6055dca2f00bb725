// Heads of answers that no single frame can take.
#include "http2/fixture.hpp"

#include <string>
#include <vector>

namespace sundown::test {
namespace {

/// Bytes that compress badly, other ones for each seed.
std::string noise(std::uint32_t seed, std::size_t size) {
  std::string made;
  for (; made.size() < size; seed = seed * 1664525 + 1013904223) made += static_cast<char>('!' + (seed >> 16) % 90);
  return made;
}

class Http2LargeHeads : public Http2 {
 protected:
  static constexpr int fields = 4;
  static constexpr std::size_t size = 12'000;

  void add(http::router& to) override {
    to.get("/noise/{seed}", [](const http::request& asked) {
      auto made = text("body");
      const auto seed = static_cast<std::uint32_t>(std::stoul(asked.param("seed")));
      for (int i = 0; i < fields; ++i) {
        made.headers.emplace_back("x-noise-" + std::to_string(i), noise(seed + static_cast<std::uint32_t>(i), size));
      }
      return made;
    });
  }
};

// Connections whose answers wait half way, in the middle of a head, disturb no other's: all of them make their frames
// in one buffer.
TEST_F(Http2LargeHeads, WaitBesideEachOther) {
  start();
  std::vector<frame_client> clients;
  std::vector<std::vector<std::uint32_t>> streams(6);
  for (std::size_t i = 0; i < streams.size(); ++i) {
    auto& client = clients.emplace_back(connect({}, 4096));
    for (std::size_t n = 0; n < 20; ++n) streams[i].push_back(client.get("/noise/" + std::to_string(100 * i + 10 * n)));
  }
  for (std::size_t n = 0; n < streams[0].size(); ++n) {
    for (std::size_t i = 0; i < streams.size(); ++i) {
      const auto& got = clients[i].answer(streams[i][n]);
      expect_answer(got, 200);
      for (int field = 0; field < fields; ++field) {
        const auto seed = static_cast<std::uint32_t>(100 * i + 10 * n) + static_cast<std::uint32_t>(field);
        EXPECT_EQ(got.field("x-noise-" + std::to_string(field)), noise(seed, size)) << i << ", " << n;
      }
      EXPECT_EQ(got.body, "body");
    }
  }
}

}  // namespace
}  // namespace sundown::test
