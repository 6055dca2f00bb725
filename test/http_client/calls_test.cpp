// Calls that go well, and how many connections they take.
#include "http_client/fixture.hpp"

#include "http/fixture.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <atomic>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using http_client::request;
using testing::HasSubstr;
using testing::StartsWith;

/// Echoes what it was asked.
scripted_server::script echoed() {
  return [](peer& client, int) {
    for (auto request = client.read_request(); !request.empty(); request = client.read_request())
      if (!client.send(whole(request))) return;
  };
}

// The head is the client's, the service's fields and body come through, and a connection carries the next call as well.
TEST(HttpCalls, SendWhatTheyAreGiven) {
  const scripted_server server(echoed());
  http_calls calls;
  const auto got = calls.get(server.url("/a?b=c"));
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->status, 200U);
  EXPECT_THAT(got->body,
              StartsWith("GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
  EXPECT_THAT(got->body, testing::Not(HasSubstr("Content-Length")));
  const auto posted = calls.send(request(http::verb::post, server.url("/p"), "text/plain", "body").with("X-A", "1"));
  ASSERT_TRUE(posted) << posted.error().detail;
  EXPECT_THAT(posted->body, HasSubstr("Content-Type: text/plain\r\nX-A: 1\r\n"));
  EXPECT_THAT(posted->body, HasSubstr("Content-Length: 4\r\n\r\nbody"));
  EXPECT_EQ(posted->header("content-length"), std::to_string(posted->body.size()));
  EXPECT_EQ(posted->header("absent"), "");
  const auto empty = calls.post(server.url("/p"), "");
  ASSERT_TRUE(empty) << empty.error().detail;
  EXPECT_THAT(empty->body, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_EQ(server.connections(), 1);
}

// A field that would change where the message ends, or begin another line, is never sent.
TEST(HttpCalls, RefuseFieldsThatFrame) {
  const scripted_server server(echoed());
  http_calls calls;
  const std::vector<std::pair<std::string, std::string>> bad{{"Content-Length", "5"},
                                                             {"transfer-encoding", "chunked"},
                                                             {"Host", "x"},
                                                             {"Connection", "close"},
                                                             {"X", "a\r\nB: c"},
                                                             {"X\r\n", "a"},
                                                             {"", "a"},
                                                             {"X Y", "a"}};
  for (const auto& [name, value] : bad) {
    const auto got = calls.send(request(http::verb::get, server.url()).with(name, value));
    ASSERT_FALSE(got) << name;
    EXPECT_EQ(got.error().code, errc::malformed) << name;
  }
  EXPECT_EQ(server.connections(), 0);
}

struct shape {
  const char* bytes;
  const char* body;
  int connections;  ///< that two calls take
};

class AnswerShapes : public testing::TestWithParam<shape> {};

// Each way in which an answer can end, and whether the connection can be used again after it.
TEST_P(AnswerShapes, AreReadToTheirEnd) {
  const auto& [bytes, body, connections] = GetParam();
  const scripted_server server([bytes = bytes](peer& client, int) {
    while (!client.read_request().empty()) {
      client.send(bytes);
      if (std::string_view(bytes).find("close") != std::string_view::npos ||
          std::string_view(bytes).find("Length") == std::string_view::npos) {
        if (std::string_view(bytes).find("chunked") == std::string_view::npos &&
            std::string_view(bytes).find(" 204 ") == std::string_view::npos)
          return client.half_close();
      }
    }
  });
  http_calls calls;
  for (int i = 0; i < 2; ++i) {
    const auto got = calls.get(server.url());
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(got->body, body);
  }
  EXPECT_EQ(server.connections(), connections);
}

INSTANTIATE_TEST_SUITE_P(
    All, AnswerShapes,
    testing::Values(
        shape{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", 1},
        shape{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 1}, shape{"HTTP/1.1 204 No Content\r\n\r\n", "", 1},
        shape{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: v\r\n\r\n", "abc",
              1},
        shape{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc", "abc", 2},
        shape{"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", 2},
        shape{"HTTP/1.1 200 OK\r\n\r\nto the end", "to the end", 2},
        shape{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
              "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nz",
              "z", 1},
        shape{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nKeep-Alive: timeout=1\r\n\r\na", "a", 2},
        shape{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nKeep-Alive: timeout=60, max=9\r\n\r\na", "a", 1}));

// The answer to HEAD has the length of a body that doesn't come.
TEST(HttpCalls, ReadNoBodyAfterHead) {
  const scripted_server server(answers("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
  http_calls calls;
  for (int i = 0; i < 2; ++i) {
    const auto got = calls.send(request(http::verb::head, server.url()));
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(got->body, "");
    EXPECT_EQ(got->header("Content-Length"), "1000");
  }
  EXPECT_EQ(server.connections(), 1);
}

// So many connections to one origin, the others wait for one; more than fit in the queue are refused at once.
TEST(HttpCalls, AreBoundedPerOrigin) {
  std::atomic<int> inside{0}, most{0};
  std::atomic<bool> go{false};
  const scripted_server server([&](peer& client, int) {
    while (!client.read_request().empty()) {
      const int now = ++inside;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      eventually(ample, [&] { return go.load(); });
      --inside;
      client.send(whole("x"));
    }
  });
  auto how = patient_client();
  how.connections = 3;
  how.queue = 5;
  http_calls calls(how);
  std::vector<std::future<result<http_client::answer>>> all;
  for (int i = 0; i < 8; ++i) all.push_back(calls.begin(request(http::verb::get, server.url())));
  ASSERT_TRUE(eventually(ample, [&] { return inside == 3; }));
  const auto eight = "8 calls: GET " + server.url();
  EXPECT_TRUE(eventually(ample, [&] { return calls.client.waiting_for().starts_with(eight); }))
      << calls.client.waiting_for();
  const auto refused = calls.get(server.url());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::busy);
  go = true;
  for (auto& each : all) EXPECT_TRUE(await(std::move(each)));
  EXPECT_EQ(most, 3);
  EXPECT_EQ(server.connections(), 3);
  EXPECT_EQ(calls.client.connections(), 3U);
  EXPECT_EQ(calls.client.idle_connections(), 3U);
  EXPECT_EQ(calls.client.waiting_for(), "");
}

// A kept connection is closed when its time is over, without a call.
TEST(HttpCalls, CloseIdleConnections) {
  std::atomic<int> ended{0};
  const scripted_server server([&](peer& client, int) {
    while (!client.read_request().empty()) client.send(whole("x"));
    ++ended;
  });
  auto how = patient_client();
  how.idle_timeout = 50ms;
  http_calls calls(how);
  ASSERT_TRUE(calls.get(server.url()));
  EXPECT_TRUE(eventually(ample, [&] { return ended == 1; }));
  EXPECT_TRUE(eventually(ample, [&] { return calls.client.connections() == 0; }));
}

// The same client from many workers at once, and from what is no task.
TEST(HttpCalls, ComeFromAnyThread) {
  const scripted_server server(echoed());
  std::array<worker_thread, 4> workers;  // which outlive the client's close()
  http_calls calls;
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (std::size_t t = 0; t < workers.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto path = "/" + std::to_string(t) + "/" + std::to_string(i);
        const auto got = workers[t].run(calls.client.get(server.url(path)));
        good += got && got->body.starts_with("GET " + path + " ");
      }
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_EQ(good, 200);
  const auto by_background = [&]() -> asio::awaitable<result<http_client::answer>> {
    co_return co_await calls.client.async_send(request(http::verb::get, server.url("/b")), asio::use_awaitable);
  };
  EXPECT_TRUE(calls.worker.run(by_background()));
}

// Our own server as the peer, with all that the two have to say to each other.
TEST(HttpCalls, AskOurOwnServer) {
  serving app([](http::router& routes) {
    routes.get("/hello", [](const http::request&) { return http::text("hello"); });
    routes.post("/size", [](const http::request& asked) { return http::text(std::to_string(asked.body().size())); });
  });
  http_calls calls;
  const auto base = "http://127.0.0.1:" + std::to_string(app.where().port);
  const auto hello = calls.get(base + "/hello");
  ASSERT_TRUE(hello) << hello.error().detail;
  EXPECT_EQ(hello->body, "hello");
  const auto size = calls.post(base + "/size", std::string(500'000, 'x'));
  ASSERT_TRUE(size) << size.error().detail;
  EXPECT_EQ(size->body, "500000");
  const auto missing = calls.get(base + "/nothing");
  ASSERT_TRUE(missing) << missing.error().detail;
  EXPECT_EQ(missing->status, 404U);
}

}  // namespace
}  // namespace sundown::test
