// What an idle connection takes by HTTP/2 and by TLS. Not under sanitizers, which have a memory of their own.
#include "process/memory.hpp"
#include "process/tls_frames.hpp"

#include <functional>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace sundown::test {
namespace {

constexpr std::size_t count = 150;

/// Opens so many connections, and waits until their growth of the resident memory is within the bound.
template <class Client>
void expect_memory_of(running& app, std::size_t bound, const std::function<Client()>& open) {
  std::vector<Client> warm, idle;
  for (std::size_t i = 0; i < count / 3; ++i) warm.push_back(open());
  const auto before = memory(app, "VmRSS");
  for (std::size_t i = 0; i < count; ++i) idle.push_back(open());
  const auto each = [&] {
    const auto now = memory(app, "VmRSS");
    return now > before ? (now - before) / count : 0;
  };
  EXPECT_TRUE(eventually(ample, [&] { return each() <= bound; })) << each();
  if constexpr (std::is_same_v<Client, frame_client>) {
    for (auto& client : idle) EXPECT_EQ(client.answer(client.get("/hello")).body, "Hello, World!");
  }
}

frame_client answered_once(frame_client client) {
  if (!client.answer(client.get("/hello")).whole()) throw std::runtime_error("no answer");
  return client;
}

// An idle connection of HTTP/2 takes 10 kB: its table of streams goes back to the kernel, and is there again with the
// next stream.
TEST(IdleMemory, Http2) {
  running app;
  expect_memory_of<frame_client>(app, 10'000, [&] { return answered_once(frame_client(app.http())); });
}

// By TLS it takes 24 kB.
TEST(IdleMemory, Http2ByTls) {
  const pair_on_disk pair;
  running app(with(pair.of_http()));
  expect_memory_of<frame_client>(app, 24'000, [&] { return answered_once(frames_over_tls(app.https())); });
}

// One of HTTP/1.1 by TLS takes 17 kB.
TEST(IdleMemory, Http1ByTls) {
  const pair_on_disk pair;
  running app(with(pair.of_http()));
  expect_memory_of<tls_client>(app, 17'000, [&] {
    auto client = connected_by_tls(app.https());
    client.send(get("/hello"));
    if (!client.read_response().whole()) throw std::runtime_error("no answer");
    return client;
  });
}

}  // namespace
}  // namespace sundown::test
