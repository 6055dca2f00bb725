// Calls through a network that fails: each fault by a table, for a call that may be made again and one that may not.
#include "http_client/fixture.hpp"

#include "http/fixture.hpp"

#include <atomic>
#include <functional>
#include <ostream>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using http_client::request;
using testing::HasSubstr;
using testing::StartsWith;

struct network_fault {
  const char* name;
  std::function<void(fault_proxy&)> begin;
  errc get, post;
  const char* said;                   ///< of the POST
  milliseconds limit = slack(300ms);  ///< that a call has: nothing comes of it before

  friend void PrintTo(const network_fault& fault, std::ostream* out) { *out << fault.name; }
};

/// Our own server behind a proxy that a connection is kept to, on which the fault begins.
class NetworkFaults : public testing::TestWithParam<network_fault> {
 protected:
  NetworkFaults()
      : app_([](http::router& routes) {
          routes.get("/", [](const http::request&) { return http::text("hello"); });
          routes.post("/", [](const http::request&) { return http::text("posted"); });
        }) {}

  std::string url() const { return "http://" + between_.text() + '/'; }
  error fault_of(http::verb method) {
    const auto got = calls_.send(request(method, url()).within(GetParam().limit));
    return got ? error{errc::not_found, "it was answered"} : got.error();
  }

  serving app_;
  fault_proxy between_{app_.where()};
  http_calls calls_;
};

// The error says what it was, and begins with the origin; when the network is well again, so are calls.
TEST_P(NetworkFaults, AreToldAndPass) {
  for (const auto method : {http::verb::get, http::verb::post}) {
    ASSERT_TRUE(calls_.get(url()));
    GetParam().begin(between_);
    const auto fault = fault_of(method);
    EXPECT_EQ(fault.code, method == http::verb::get ? GetParam().get : GetParam().post) << fault.detail;
    EXPECT_THAT(fault.detail, StartsWith("http://" + between_.text() + ": "));
    if (method == http::verb::post) {
      // A connection that is kept may break under it, instead of the next one.
      EXPECT_THAT(fault.detail, testing::AnyOf(HasSubstr(GetParam().said), HasSubstr("the connection broke"),
                                               HasSubstr("it closed the connection without an answer")));
    }
    between_.cut();
    between_.pass();
    EXPECT_TRUE(eventually(ample, [&] { return calls_.get(url()).has_value(); }));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, NetworkFaults,
    testing::Values(network_fault{"Frozen", [](fault_proxy& to) { to.blackhole(); }, errc::timed_out, errc::timed_out,
                                  "whether it was carried out is not known"},
                    network_fault{"Slow", [](fault_proxy& to) { to.delay(20s); }, errc::timed_out, errc::timed_out,
                                  "whether it was carried out is not known"},
                    network_fault{"Refused", [](fault_proxy& to) { to.refuse(); }, errc::unavailable, errc::unavailable,
                                  "Connection refused", ample}),
    [](const auto& chosen) { return chosen.param.name; });

// An answer that the network cuts at any byte of its head or body is none; a GET whose kept connection breaks before
// the first byte is sent again, a POST never is.
TEST(CutNetwork, AnswersAreNone) {
  std::atomic<int> posts{0};
  serving app([&](http::router& routes) {
    routes.get("/", [](const http::request&) { return http::text("hello"); });
    routes.post("/", [&](const http::request&) {
      ++posts;
      return http::text("posted");
    });
  });
  fault_proxy between(app.where());
  const auto url = "http://" + between.text() + '/';
  http_calls calls;
  for (std::size_t at = 0; at < 80; at += 4) {
    ASSERT_TRUE(calls.get(url));
    between.cut_answer_after(at);
    const auto got = calls.get(url);
    EXPECT_EQ(got.has_value(), at == 0) << "cut at " << at << (got ? "" : got.error().detail);
    ASSERT_TRUE(calls.get(url));
    between.cut_answer_after(at);
    const int before = posts;
    const auto posted = calls.post(url);
    ASSERT_FALSE(posted) << "cut at " << at;
    EXPECT_EQ(posted.error().code, errc::unavailable);
    EXPECT_THAT(posted.error().detail, StartsWith("http://" + between.text() + ": "));
    EXPECT_EQ(posts, before + 1);
  }
}

// More bytes than the answer's length are no part of it, and of no other: the connection is not used again.
TEST(HttpLength, BytesBehindAnAnswer) {
  const scripted_server server([](peer& client, int) {
    client.read_request();
    client.send(whole("abc") + whole("of nobody"));
    client.wait_end();
  });
  http_calls calls;
  for (int i = 0; i < 3; ++i) {
    const auto got = calls.get(server.url());
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(got->body, "abc");
  }
  EXPECT_EQ(server.connections(), 3);
}

struct wrong_length {
  const char* name;
  const char* bytes;
};

class WrongLengths : public testing::TestWithParam<wrong_length> {};

// A body that is shorter than its length, or whose length can't be told, is no answer.
TEST_P(WrongLengths, AreNoAnswer) {
  const scripted_server server([](peer& client, int) {
    client.read_request();
    client.send(GetParam().bytes);
    client.half_close();
    client.wait_end();
  });
  http_calls calls;
  const auto got = calls.get(server.url());
  ASSERT_FALSE(got) << got->body;
  EXPECT_EQ(got.error().code, errc::unavailable);
  EXPECT_THAT(got.error().detail, StartsWith("http://127.0.0.1:" + std::to_string(server.port()) + ": "));
  EXPECT_TRUE(eventually(ample, [&] { return calls.client.connections() == 0; }));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongLengths,
    testing::Values(
        wrong_length{"TooFew", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"},
        wrong_length{"Negative", "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc"},
        wrong_length{"NoNumber", "HTTP/1.1 200 OK\r\nContent-Length: three\r\n\r\nabc"},
        wrong_length{"TooLarge", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc"},
        wrong_length{"ChunkTooShort", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc\r\n0\r\n\r\n"},
        wrong_length{"ChunkTooLong", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n"},
        wrong_length{"ChunkWithoutEnd", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}),
    [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace sundown::test
