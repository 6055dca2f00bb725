// Pipelined requests of any size: wherever in the input buffer a head ends, the requests are answered, and quickly.
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "support/random.hpp"

#include <sys/resource.h>

#include <thread>

namespace sundown::test {
namespace {

/// What the buffer holds beside one head; see input_buffer.hpp.
constexpr std::size_t read_ahead = 8 << 10;

/// CPU time of this process, clients included.
milliseconds cpu_time() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto sum = [](const timeval& of) { return 1000 * of.tv_sec + of.tv_usec / 1000; };
  return milliseconds(sum(used.ru_utime) + sum(used.ru_stime));
}

setting with_header_limit(std::size_t bytes) {
  setting how;
  how.limits.header_limit = bytes;
  return how;
}

/// A head of exactly this size, if the fields that it needs leave room for it.
std::string head_of(std::size_t size, const std::string& line, const std::string& fields) {
  auto head = line + " HTTP/1.1\r\nHost: a\r\n" + fields;
  const std::size_t padding = sizeof "X: \r\n" - 1, end = 2;
  if (size > head.size() + padding + end) {
    head += "X: " + std::string(size - head.size() - padding - end, 'p') + "\r\n";
  }
  return head + "\r\n";
}

std::string in_chunks(const std::string& body, random_source& random) {
  std::ostringstream all;
  for (std::size_t at = 0; at < body.size();) {
    const auto piece = body.substr(at, random.below(random.one_in(3) ? 20 : 6000) + 1);
    all << std::hex << piece.size() << (random.one_in(5) ? ";ext=\"v\"" : "") << "\r\n" << piece << "\r\n";
    at += piece.size();
  }
  all << "0\r\n" << (random.one_in(3) ? "Trailer: t\r\n" : "") << "\r\n";
  return all.str();
}

struct pipeline {
  std::string requests;
  std::vector<std::string> bodies;
};

/// Most heads end close to where the buffer ends: there is where a mistake would be.
pipeline any_pipeline(std::size_t header_limit, random_source& random) {
  const auto capacity = header_limit + read_ahead;
  pipeline all;
  for (auto left = random.below(30) + 1; left > 0; --left) {
    auto size = random.below(header_limit) + 1;
    const auto to_end = capacity - all.requests.size() % capacity;
    if (to_end <= header_limit && random.one_in(2)) size = std::min(header_limit, to_end + random.below(3));
    const auto kind = random.below(4);
    if (kind == 0) {
      all.requests += head_of(size, "GET /hello", "");
      all.bodies.push_back("Hello, World!");
      continue;
    }
    const std::string body(random.below(random.one_in(3) ? 30'000 : 50), 'b');
    const bool chunked = random.one_in(2);
    const auto coded = chunked ? in_chunks(body, random) : body;
    all.requests +=
        head_of(size, kind == 1 ? "POST /upload" : "POST /echo",
                chunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: " + std::to_string(body.size()) + "\r\n");
    all.requests += coded;
    all.bodies.push_back(kind != 1 ? body
                                   : std::to_string(body.size()) + " bytes, last '" + (body.empty() ? "" : "b") + "'");
  }
  return all;
}

/// Sends in pieces that end at these places, and expects these bodies.
void expect_answers(serving& app, const pipeline& all, const std::vector<std::size_t>& ends) {
  auto client = app.connect();
  const std::jthread sender([&] {
    std::size_t sent = 0;
    for (const auto end : ends) {
      client.send(std::string_view(all.requests).substr(sent, end - sent));
      sent = end;
    }
  });
  for (std::size_t i = 0; i < all.bodies.size(); ++i) {
    const auto answer = client.read_response();
    ASSERT_EQ(answer.status, 200) << i << " of " << all.bodies.size() << ": " << answer.describe();
    ASSERT_EQ(answer.body, all.bodies[i]) << i;
  }
}

// Random pipelines, cut anywhere, with the smallest header_limit, the usual one and a large one. A server that spins or
// reads in tiny pieces would take far more time than the work does.
TEST(Pipelines, AnySizesAnyCuts) {
  random_source random(16'384);
  const auto rounds = random_source::rounds(120);
  const auto cpu_before = cpu_time();
  for (const std::size_t header_limit : {512U, 8U << 10, 64U << 10}) {
    serving app(basic_routes, with_header_limit(header_limit));
    for (auto left = rounds / 3; left > 0; --left) {
      const auto all = any_pipeline(header_limit, random);
      auto ends = random.cuts(all.requests.size(), random.below(10));
      if (random.one_in(3)) {  // whole buffers, as a fast client fills them
        ends.clear();
        for (std::size_t at = header_limit + read_ahead; at < all.requests.size(); at += header_limit + read_ahead) {
          ends.push_back(at);
        }
        ends.push_back(all.requests.size());
      }
      expect_answers(app, all, ends);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
  EXPECT_LT(cpu_time() - cpu_before, slack(25ms) * static_cast<int>(rounds + 40));
}

/// Requests that fill the buffer to the last byte, the last one a head with this body to come.
std::string full_buffer(std::size_t header_limit, const std::string& last_line, const std::string& fields) {
  const auto last = head_of(0, last_line, fields);
  auto room = header_limit + read_ahead - last.size();
  std::string all;
  while (room > 0) {
    const auto size = room <= header_limit ? room : header_limit / 2;
    all += head_of(size, "GET /hello", "");
    room -= size;
  }
  return all + last;
}

// A head that ends exactly where the buffer ends, in one packet; then its body, of any size, to a handler of either
// kind. A large body takes no longer than without the requests before it.
TEST(Pipelines, HeadAtTheEndOfTheBuffer) {
  serving app(basic_routes);
  const auto header_limit = limits_of_tests().header_limit;
  for (const std::string target : {"/echo", "/upload"}) {
    for (const std::size_t size : {1U, 26U, 1U << 20}) {
      const auto first =
          full_buffer(header_limit, "POST " + target, "Content-Length: " + std::to_string(size) + "\r\n");
      ASSERT_EQ(first.size(), header_limit + read_ahead);
      const auto begin = clock::now();
      const auto cpu_before = cpu_time();
      auto client = app.send(first);
      while (client.read_response().body != "Hello, World!") FAIL();
      ASSERT_TRUE(app.reaches("body") || target == "/upload");
      const std::jthread sender([&] { client.send(std::string(size, 'b')); });
      for (;;) {
        const auto answer = client.read_response();
        ASSERT_EQ(answer.status, 200) << answer.describe();
        if (answer.body == "Hello, World!") continue;
        EXPECT_TRUE(answer.body == std::string(size, 'b') || answer.body.starts_with(std::to_string(size) + " bytes"));
        break;
      }
      EXPECT_LT(between(begin, clock::now()), soon);
      EXPECT_LT(cpu_time() - cpu_before, slack(500ms));
    }
  }
}

// At a stop, too, a request that fills the buffer is not taken for the last one while more wait in the kernel.
TEST(Pipelines, MoreInTheKernelAtTheStop) {
  gate door;
  serving app([&](http::router& to) {
    basic_routes(to);
    to.get("/held", [&](const http::request&) { return pass(door); });
  });
  const auto first = full_buffer(limits_of_tests().header_limit, "GET /held", "");
  auto client = app.send(first);
  ASSERT_TRUE(door.reached());
  client.send(get("/hello") + get("/say/last"));
  ASSERT_TRUE(eventually(ample, [&] { return client.unacknowledged() == 0; }));
  auto stop = app.begin_stop();
  door.open();
  EXPECT_TRUE(client.read_until("last", soon)) << client.received().substr(client.received().size() - 300);
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

}  // namespace
}  // namespace sundown::test
