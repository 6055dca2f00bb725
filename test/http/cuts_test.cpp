// What is answered depends on the bytes alone, never on how they came.
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "support/random.hpp"
#include "support/sample_requests.hpp"
#include "support/told.hpp"

#include <numeric>
#include <span>

namespace sundown::test {
namespace {

class Cuts : public testing::Test {
 public:
  static void SetUpTestSuite() { app = std::make_unique<serving>(basic_routes); }
  static void TearDownTestSuite() { app.reset(); }

 protected:
  /// Sends the bytes in pieces that end at these places, then a FIN, and tells all that came back, and how it ended.
  static std::string outcome(const std::string& bytes, const std::vector<std::size_t>& ends) {
    auto client = app->connect();
    std::size_t sent = 0;
    for (const auto end : ends) {
      if (client.send(std::string_view(bytes).substr(sent, end - sent)) != sending::sent) break;  // refused, and gone
      sent = end;
    }
    client.half_close();
    auto end = client.read_until_end();
    if (end == ending::rst && may_say_it_is_done(bytes)) end = ending::fin;
    return told(client.received()) + to_string(end);
  }
  /// Who says that a request is its last must send nothing behind it (RFC 9112 §9.6). What it sends all the same may
  /// meet an open connection or, a moment later, a closed one, whose answer is a RST.
  static bool may_say_it_is_done(const std::string& bytes) {
    return bytes.find("close") != bytes.npos || bytes.find("HTTP/1.0") != bytes.npos;
  }
  static std::string whole(const std::string& bytes) { return outcome(bytes, {bytes.size()}); }
  static std::string byte_by_byte(const std::string& bytes) {
    std::vector<std::size_t> every;
    for (std::size_t at = 1; at <= bytes.size(); ++at) every.push_back(at);
    return outcome(bytes, every);
  }

  static inline std::unique_ptr<serving> app;
};

// Every complete request is answered with its status at once, whole or byte by byte, and one that is refused ends the
// connection; nobody has to wait for a time limit.
TEST_F(Cuts, CompleteIsAnsweredAtOnce) {
  for (const auto& requests : {std::span<const sample_request>(good_requests), {bad_requests}}) {
    const bool bad = requests.data() == bad_requests;
    for (const auto& one : requests) {
      for (const bool dripped : {false, true}) {
        if (dripped && one.bytes.size() > 3000) continue;
        auto client = app->connect();
        dripped ? client.send_byte_by_byte(one.bytes) : client.send(one.bytes);
        const bool head = one.bytes.starts_with("HEAD");
        auto answer = client.read_response(soon, head);
        if (answer.status == 100) answer = client.read_response(soon, head);
        ASSERT_EQ(answer.status, one.status) << testing::PrintToString(one.bytes) << answer.describe();
        EXPECT_TRUE(answer.whole());
        EXPECT_TRUE(answer.field("x-request-id").has_value());
        if (!bad) continue;
        EXPECT_TRUE(answer.says_close()) << testing::PrintToString(one.bytes);
        EXPECT_EQ(client.read_until_end(soon), ending::fin) << testing::PrintToString(one.bytes);
        EXPECT_EQ(client.received(), "");
      }
    }
  }
}

// Each refusal is counted, once.
TEST_F(Cuts, RefusalsAreCounted) {
  const auto counted = [] {
    std::uint64_t sum = 0;
    for (const auto& route : app->server().figures().routes) {
      sum = std::accumulate(route.by_status.begin(), route.by_status.end(), sum);
    }
    return sum;
  };
  auto expected = counted();
  for (const auto& one : bad_requests) {
    EXPECT_EQ(app->ask(one.bytes).status, one.status);
    ++expected;  // counted when it is written, which its client may see first
    EXPECT_TRUE(eventually(soon, [&] { return counted() == expected; })) << testing::PrintToString(one.bytes);
  }
}

/// A request or two, some of them mutated.
std::string some_requests(random_source& random) {
  std::string all;
  for (auto left = random.below(2) + 1; left > 0; --left) {
    const auto& one = random.one_in(4) ? random.one_of(bad_requests) : random.one_of(good_requests);
    if (one.bytes.size() < 3000) all += random.one_in(4) ? one.bytes : mutated(one.bytes, random);
  }
  return all;
}

// Nor does anything else depend on the cut: answers, how many of them, and how the connection ends.
TEST_F(Cuts, AnyBytes) {
  random_source random(20'261'125);
  for (auto left = random_source::rounds(600); left > 0; --left) {
    const auto bytes = some_requests(random);
    const auto at_once = whole(bytes);
    for (int i = 0; i < 2; ++i) {
      const auto ends = random.cuts(bytes.size(), random.below(4) + 1);
      ASSERT_EQ(outcome(bytes, ends), at_once) << testing::PrintToString(bytes) << testing::PrintToString(ends);
    }
    if (!random.one_in(4)) continue;
    ASSERT_EQ(byte_by_byte(bytes), at_once) << testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace sundown::test
