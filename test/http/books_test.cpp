// Every request that was begun has one line in the access log and one count, however it ends.
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "http/logged.hpp"

#include <gmock/gmock.h>

#include <map>
#include <numeric>
#include <random>
#include <regex>

namespace sundown::test {
namespace {

using testing::IsEmpty;

task<http::response> stay(gate& at) {
  co_await at.pass_at_all_costs();
  co_return text("at last");
}

task<> tear(http::response_stream& out) {
  auto head = text({});
  co_await out.start(std::move(head));
  co_await out.write("half");
  throw std::runtime_error("in the middle");
}

constexpr std::size_t large = 16 << 20;

/// A server whose books are looked at when it has ended.
class Books : public testing::Test {
 protected:
  void start(setting how = {}) {
    how.access_log = true;
    app.emplace(
        [this](http::router& to) {
          basic_routes(to);
          to.get("/held", [this](const http::request&) { return pass(door); });
          to.get("/stays", [this](const http::request&) { return stay(door); });
          to.get("/torn", [](const http::request&, http::response_stream& out) { return tear(out); });
          to.get("/large", [](const http::request&) { return text(std::string(large, 'l')); });
        },
        how);
    log::set_level(log::level::error);
  }

  void end() {
    if (!drained) app->begin_stop().get();
    drained = true;
    counted = count();
    app.reset();
    for (auto& line : log_.lines()) {
      std::smatch parts;
      static const std::regex access(
          R"(\S+ access (.*) bytes=(\d+) seconds=\S+ route=(.*) id=\S+ remote=127\.0\.0\.1( cut=.+)?)");
      if (std::regex_match(line, parts, access)) {
        lines.push_back(parts[1].str() + parts[4].str());
        bytes.push_back(std::stoull(parts[2].str()));
      } else {
        others.push_back(line);
      }
    }
  }

  std::uint64_t count() {
    std::uint64_t sum = 0;
    for (const auto& row : app->server().figures().routes) {
      sum = std::accumulate(row.by_status.begin(), row.by_status.end(), sum);
    }
    return sum;
  }

  /// One request was begun, and this is its line, without bytes, time, route, id and address.
  void expect_line(std::string_view line) {
    end();
    EXPECT_EQ(counted, 1U);
    ASSERT_EQ(lines.size(), 1U) << line;
    EXPECT_EQ(lines.front(), line);
  }

  logged log_;
  gate door;
  std::optional<serving> app;
  bool drained = false;
  std::uint64_t counted = 0;
  std::vector<std::string> lines, others;
  std::vector<std::uint64_t> bytes;
};

// A connection without a request, or with empty lines only, is none.
TEST_F(Books, NoRequest) {
  start();
  app->connect().close();
  for (const auto* empty : {"\r\n", "\r\n\r", "\r"}) app->send(empty).reset();
  end();
  EXPECT_THAT(lines, IsEmpty());
  EXPECT_EQ(counted, 0U);
}

// A client that goes away before its request is whole: 499, with what is known of it.
TEST_F(Books, AbortedInTheLine) {
  start();
  auto client = app->send("GET /hel");
  ASSERT_TRUE(app->reaches("head"));
  client.reset();
  ASSERT_TRUE(app->reaches("head", 0));
  expect_line(R"("" "" 499 cut=client)");
}

// So in its fields.
TEST_F(Books, AbortedInTheHead) {
  start();
  auto client = app->send("GET /hello HTTP/1.1\r\nHos");
  ASSERT_TRUE(app->reaches("head"));
  client.close();
  ASSERT_TRUE(app->reaches("head", 0));
  expect_line("GET /hello 499 cut=client");
}

// So in its body, whether a handler reads it or the session does.
TEST_F(Books, AbortedInTheBody) {
  for (const auto* target : {"/echo", "/upload"}) {
    SCOPED_TRACE(target);
    if (!app) start();
    auto client = app->send("POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    ASSERT_TRUE(app->reaches("body"));
    client.reset();
    ASSERT_TRUE(app->reaches("body", 0));
  }
  end();
  EXPECT_EQ(counted, 2U);
  EXPECT_THAT(lines, testing::ElementsAre("POST /echo 499 cut=client", "POST /upload 499 cut=client"));
}

// A client that goes away during its handler: 499, and no failure of the handler in the log.
TEST_F(Books, AbortedInTheHandler) {
  start();
  auto client = app->send(get("/held"));
  ASSERT_TRUE(door.reached());
  client.reset();
  ASSERT_TRUE(eventually(ample, [&] { return app->server().activity().connections == 0; }));
  expect_line("GET /held 499 cut=client");
  EXPECT_THAT(others, IsEmpty());
}

// One that goes away during its answer: the status that it was sent, and the bytes that went out.
TEST_F(Books, AbortedInTheAnswer) {
  start();
  auto client = app->connect(4 << 10);
  client.send(get("/large"));
  ASSERT_TRUE(app->reaches("answer"));
  client.reset();
  ASSERT_TRUE(eventually(ample, [&] { return app->server().activity().connections == 0; }));
  ASSERT_NO_FATAL_FAILURE(expect_line("GET /large 200 cut=client"));
  EXPECT_GT(bytes.front(), 0U);
  EXPECT_LT(bytes.front(), large);
}

// A stream that waits is such an answer.
TEST_F(Books, AbortedInTheStream) {
  start();
  auto client = app->send(get("/events"));
  ASSERT_TRUE(client.read_until("first"));
  client.reset();
  ASSERT_TRUE(eventually(ample, [&] { return app->server().activity().connections == 0; }));
  ASSERT_NO_FATAL_FAILURE(expect_line("GET /events 200 cut=client"));
  EXPECT_EQ(bytes.front(), std::string_view("data: first\n\n").size());
}

// An answer that its handler could not complete says so.
TEST_F(Books, TornByItsHandler) {
  start();
  EXPECT_FALSE(app->ask(get("/torn")).whole());
  expect_line("GET /torn 200 cut=handler");
}

// So does one that its client does not take.
TEST_F(Books, Stalled) {
  setting how;
  how.limits.stall_limit = slack(200ms);
  start(how);
  auto client = app->connect(4 << 10);
  client.send(get("/large"));
  ASSERT_TRUE(eventually(ample, [&] { return count() == 1; }));
  expect_line("GET /large 200 cut=stall_limit");
}

// What is answered whole is not cut, to a client that has closed its side as to any other.
TEST_F(Books, Whole) {
  start();
  auto client = app->send(get("/hello") + get("/large", "Connection: close\r\n"));
  client.half_close();
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().body.size(), large);
  end();
  EXPECT_EQ(counted, 2U);
  EXPECT_THAT(lines, testing::ElementsAre("GET /hello 200", "GET /large 200"));
  EXPECT_THAT(bytes, testing::ElementsAre(13U, large));
}

// A WebSocket is one request, from its handshake to its close.
TEST_F(Books, WebSocket) {
  start();
  auto client = app->send(get("/websocket",
                              "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  EXPECT_EQ(client.read_response().status, 101);
  client.send({"\x88\x82\0\0\0\0\x03\xE8", 8});
  EXPECT_EQ(client.read_until_end(), ending::fin);
  expect_line("GET /websocket 101");
}

// A handler that never ends is booked when the stop no longer waits for it.
TEST_F(Books, NeverEnds) {
  setting how;
  how.plan.hard_cancel = slack(50ms);
  how.plan.drain = slack(100ms);
  start(how);
  auto client = app->send(get("/stays"));
  ASSERT_TRUE(door.reached());
  EXPECT_EQ(app->begin_stop().get().why_cut("GET /stays"), "drain");
  drained = true;
  EXPECT_TRUE(eventually(ample, [&] { return count() == 1; }));  // the worker is not waited for
  door.open();
  expect_line("GET /stays 503 cut=drain");
}

// The reason that abort() was given is named, however long its handler goes on.
TEST_F(Books, Aborted) {
  start();
  auto client = app->send(get("/stays"));
  ASSERT_TRUE(door.reached());
  auto stop = app->begin_stop();
  app->server().abort("a reason that is too long for a string to hold it in itself");
  EXPECT_TRUE(app->reaches("linger"));
  door.open();
  stop.get();
  drained = true;
  expect_line(R"(GET /stays 503 cut="a reason that is too long for a string to hold it in itself")");
}

// One that was given none has one all the same: the request is not taken for whole.
TEST_F(Books, AbortedForNoReason) {
  start();
  auto client = app->send(get("/stays"));
  ASSERT_TRUE(door.reached());
  auto stop = app->begin_stop();
  app->server().abort("");
  EXPECT_TRUE(app->reaches("linger"));
  door.open();
  stop.get();
  drained = true;
  expect_line("GET /stays 503 cut=aborted");
}

/// What a random client does with its one request, or two.
class random_client {
 public:
  random_client(const serving& app, std::mt19937::result_type seed) : app_(app), random_(seed) {}

  /// How many more the server may have begun.
  std::size_t perhaps_begun() const { return perhaps_begun_; }

  /// Returns how many requests the server must have begun.
  std::size_t act(std::size_t number) {
    const auto query = "?n=" + std::to_string(number);
    auto client = app_.connect(chance(2) ? 4 << 10 : 0);
    switch (random_() % 9) {
      case 0:
        client.send(get("/hello" + query).substr(0, 20 + random_() % 20));
        return leave(client), 1;
      case 1:
        client.send("POST /echo" + query + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
        return leave(client), 1;
      case 2:
        client.send("POST /upload" + query + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
        return leave(client), 1;
      case 3:
        client.send(get("/held" + query));
        return leave(client), 1;
      case 4:
        client.send(get("/large" + query));
        client.read_some(1 + random_() % 100'000);
        return leave(client), 1;
      case 5:
        client.send(get("/events" + query));
        if (chance(2)) client.read_until("first");
        return leave(client), 1;
      case 6:
        client.send(get("/hello" + query) + get("/three" + query));
        client.read_response();
        if (chance(2)) {
          client.read_response();
          return leave(client), 2;
        }
        ++perhaps_begun_;  // a worker that is late finds its client gone behind the first
        return leave(client), 1;
      case 7:
        client.send("GET /hello" + query + " HTTP/9.9\r\n\r\n");
        if (chance(2)) client.read_response();
        return leave(client), 1;
      default:
        return leave(client), 0;
    }
  }

 private:
  bool chance(unsigned one_in) { return random_() % one_in == 0; }
  /// The server has read all, so that it can't but know of it.
  void leave(raw_client& client) {
    EXPECT_TRUE(eventually(ample, [&] { return client.unacknowledged() == 0; }));
    switch (random_() % 3) {
      case 0:
        return client.reset();
      case 1:
        return client.close();
      default:
        client.half_close();
        if (chance(2)) client.read_some(1000, 5ms);
        return client.close();
    }
  }

  const serving& app_;
  std::mt19937 random_;
  std::size_t perhaps_begun_ = 0;
};

// Whatever clients do: as many lines as counts as requests that were begun, and never two of one.
TEST_F(Books, RandomClients) {
  start();
  std::size_t begun = 0;
  random_client client(*app, static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed()));
  for (std::size_t i = 0; i < 300; ++i) begun += client.act(i);
  // Held ones whose client has only closed its side are answered, to nobody.
  door.open();
  end();
  EXPECT_GE(counted, begun);
  EXPECT_LE(counted, begun + client.perhaps_begun());
  EXPECT_EQ(lines.size(), counted);
  std::map<std::string, int> times;
  for (const auto& line : lines) {
    const auto number = line.find("?n=");  // not there when the request line was not whole
    if (number != std::string::npos) ++times[line.substr(0, line.find(' ', number))];
  }
  for (const auto& [request, count] : times) EXPECT_EQ(count, 1) << request;
}

}  // namespace
}  // namespace sundown::test
