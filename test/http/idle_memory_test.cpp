// What a connection takes while it has nothing to do.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <malloc.h>

namespace sundown::test {
namespace {

/// Bytes that are allocated now, in all arenas, with what malloc adds to each block.
std::size_t allocated() { return ::mallinfo2().uordblks; }

// An idle connection takes at most 1,300 bytes from the heap, between requests and before the first one: its session,
// the socket's place in the reactor, two coroutine frames and the operation that waits. A third frame breaks the bound.
TEST(IdleConnection, Memory) {
  constexpr std::size_t count = 150, bound = 1300;  // all of them fit into 1,024 descriptors
  serving app(basic_routes);
  std::vector<raw_client> clients;
  clients.reserve(3 * count);
  const auto open = [&](std::string_view request) {
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(app.connect());
      if (request.empty()) continue;
      clients.back().send(request);
      ASSERT_EQ(clients.back().read_response().status, 200);
      std::string().swap(clients.back().received());
    }
  };
  open(get("/hello"));  // what the first ones leave behind for the next ones is not theirs
  ASSERT_TRUE(app.reaches("idle", count));
  const auto before = allocated();
  open(get("/hello"));
  ASSERT_TRUE(app.reaches("idle", 2 * count));
  const auto between_requests = allocated();
  EXPECT_LE((between_requests - before) / count, bound);
  open({});
  ASSERT_TRUE(app.reaches("fresh", count));
  EXPECT_LE((allocated() - between_requests) / count, bound);
}

}  // namespace
}  // namespace sundown::test
