// Answers: in order, whole, and never shaped by what a handler puts into them.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <thread>

namespace sundown::test {
namespace {

task<> stream_with(http::response_stream& out, std::string name, std::string value) {
  co_await out.start(text({}).with(name, value).with("X-Tab", "a\tb"));
  co_await out.write("body");
}

task<> start_with(http::response_stream& out, unsigned status) { co_await out.start({status, "text/plain"}); }

// Requests that come in one packet are answered in their order, coroutine handlers between plain ones.
TEST(Answers, PipelinedInOrder) {
  gate door;
  serving app([&](http::router& to) {
    basic_routes(to);
    to.get("/plain/{n}", [](const http::request& r) { return text(r.param("n")); });
    to.get("/held", [&](const http::request&) { return pass(door); });
  });
  std::string all;
  for (int i = 0; i < 100; ++i) {
    all += get((i % 3 == 0 ? "/say/" : "/plain/") + std::to_string(i));
    if (i == 50) all += get("/held");
  }
  auto client = app.send(all);
  for (int i = 0; i <= 50; ++i) EXPECT_EQ(client.read_response().body, std::to_string(i));
  ASSERT_TRUE(door.reached());
  EXPECT_EQ(client.read_some(1, 20ms), ending::timed_out) << "the next answer waits for its turn";
  door.open();
  EXPECT_EQ(client.read_response().body, "passed");
  for (int i = 51; i < 100; ++i) EXPECT_EQ(client.read_response().body, std::to_string(i));
}

// Ten thousand requests in one go, from a client that reads only afterwards, are all answered.
TEST(Answers, TenThousandPipelined) {
  serving app(basic_routes);
  auto client = app.connect();
  std::string all;
  for (int i = 0; i < 10'000; ++i) all += get("/say/" + std::to_string(i % 7));
  const std::jthread sender([&] { EXPECT_EQ(client.send(all), sending::sent); });
  std::string bodies, expected;
  for (int i = 0; i < 10'000; ++i) {
    bodies += client.read_response().body;
    expected += std::to_string(i % 7);
  }
  EXPECT_EQ(bodies, expected);
}

// Large answers to pipelined requests keep their place between small ones.
TEST(Answers, LargeBetweenSmall) {
  serving app([](http::router& to) {
    basic_routes(to);
    to.get("/large", [](const http::request&) { return text(std::string(300'000, 'l')); });
  });
  auto client = app.send(get("/hello") + get("/large") + get("/hello") + get("/three") + get("/large"));
  EXPECT_EQ(client.read_response().body, "Hello, World!");
  EXPECT_EQ(client.read_response().body.size(), 300'000U);
  EXPECT_EQ(client.read_response().body, "Hello, World!");
  EXPECT_EQ(client.read_response().body, "one two three");
  EXPECT_EQ(client.read_response().body.size(), 300'000U);
}

// A client that closes its side behind its requests still gets every answer.
TEST(Answers, HalfClosedClient) {
  gate door;
  serving app([&](http::router& to) {
    basic_routes(to);
    to.get("/held", [&](const http::request&) { return pass(door); });
  });
  auto client = app.send(get("/hello") + get("/held"));
  client.half_close();
  EXPECT_EQ(client.read_response().body, "Hello, World!");
  ASSERT_TRUE(door.reached());
  door.open();
  EXPECT_EQ(client.read_response().body, "passed");
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// A field that would end its own line, in its name or its value, is left out; the others stay.
TEST(Answers, InjectedFields) {
  serving app([](http::router& to) {
    to.get("/inject", [](const http::request& r) {
      return text("body")
          .with("X-Good", "1")
          .with("X-Bad", r.query("v").value_or(""))
          .with(r.query("n").value_or("X"), "2");
    });
  });
  for (const auto* value : {"a%0d%0aSet-Cookie:%20x", "a%0aSet-Cookie:%20x", "a%0dSet-Cookie:%20x", "a%00b"}) {
    const auto answer = app.ask(get("/inject?v=" + std::string(value)));
    EXPECT_EQ(answer.body, "body");
    EXPECT_EQ(answer.field("x-good"), "1");
    EXPECT_EQ(answer.field("x-bad"), std::nullopt) << value;
    EXPECT_EQ(answer.field("set-cookie"), std::nullopt) << value;
  }
  for (const auto* name : {"Set-Cookie%3a%20x%0d%0aX", "Content-Length%3a%200%0d%0aX", "X%0a"}) {
    const auto answer = app.ask(get("/inject?v=ok&n=" + std::string(name)));
    EXPECT_EQ(answer.body, "body") << name;
    EXPECT_EQ(answer.field("x-bad"), "ok");
    EXPECT_EQ(answer.field("set-cookie"), std::nullopt) << name;
  }
}

// What frames an answer, or is the session's to write, is not the handler's: it is left out, in any case, and the
// answer stays whole. So is a name that is no token and a value with a control character.
TEST(Answers, ReservedFields) {
  const std::pair<const char*, const char*> reserved[] = {
      {"Content-Length", "1"}, {"content-length", "999"},  {"Transfer-Encoding", "gzip"},
      {"Connection", "close"}, {"Keep-Alive", "timeout"},  {"DATE", "yesterday"},
      {"Server", "other"},     {"X-Request-Id", "other"},  {"", "empty"},
      {"X Space", "1"},        {"X-Umlaut-\xc3\xa4", "1"}, {"X-Bell", "a\ab"},
      {"X-Delete", "a\x7f"}};
  for (const auto& [name, value] : reserved) {
    serving app([n = std::string(name), v = std::string(value)](http::router& to) {
      basic_routes(to);
      to.get("/it", [=](const http::request&) { return text("body").with(n, v).with("X-Tab", "a\tb"); });
      to.get("/stream", [=](const http::request&, http::response_stream& out) { return stream_with(out, n, v); });
    });
    auto client = app.send(get("/it") + get("/stream") + get("/hello"));
    for (int i = 0; i < 2; ++i) {
      const auto answer = client.read_response();
      EXPECT_EQ(answer.status, 200) << name << answer.describe();
      EXPECT_EQ(answer.body, "body") << name;
      EXPECT_EQ(answer.field("x-tab"), "a\tb") << name;
      EXPECT_EQ(std::count_if(answer.fields.begin(), answer.fields.end(),
                              [&](const auto& field) {
                                return field.second == value || field.first.starts_with("x-umlaut") ||
                                       field.first.empty();
                              }),
                0)
          << name << answer.describe();
    }
    EXPECT_EQ(client.read_response().body, "Hello, World!") << name;
  }
}

// With Upgrade goes the connection option that belongs to it, beside whatever else Connection says.
TEST(Answers, UpgradeField) {
  serving app([](http::router& to) {
    to.get("/", [](const http::request&) { return http::problem(426, "Upgrade.").with("Upgrade", "other/1"); });
  });
  EXPECT_EQ(app.ask(get("/")).field("connection"), "Upgrade");
  EXPECT_EQ(app.ask(get("/", "Connection: close\r\n")).field("connection"), "close, Upgrade");
}

// A type that is known only at run time, and one that is given as a field, are the answer's one type.
TEST(Answers, ContentTypes) {
  serving app([](http::router& to) {
    to.get("/owned", [](const http::request& r) { return http::response{200, r.query("t").value_or(""), "x"}; });
    to.get("/field", [](const http::request&) { return text("x").with("content-TYPE", "text/css"); });
  });
  const auto types = [](const reply& answer) {
    std::string all;
    for (const auto& [name, value] : answer.fields) all += name == "content-type" ? value + ";" : "";
    return all;
  };
  EXPECT_EQ(types(app.ask(get("/owned?t=image/png"))), "image/png;");
  EXPECT_EQ(types(app.ask(get("/field"))), "text/css;");
}

// A status that no answer can have is the handler's fault: 500, and the connection goes on.
TEST(Answers, ImpossibleStatuses) {
  serving app([](http::router& to) {
    basic_routes(to);
    to.get("/{status}", [](const http::request& r) {
      return http::response{static_cast<unsigned>(std::stoul(r.param("status"))), "text/plain", "body"};
    });
    to.get("/stream/{status}", [](const http::request& r, http::response_stream& out) {
      return start_with(out, static_cast<unsigned>(std::stoul(r.param("status"))));
    });
  });
  for (const auto* status : {"0", "99", "100", "101", "103", "199", "600", "999", "1000", "70000"}) {
    auto client = app.send(get("/" + std::string(status)) + get("/stream/" + std::string(status)) + get("/hello"));
    EXPECT_EQ(client.read_response().status, 500) << status;
    EXPECT_EQ(client.read_response().status, 500) << status;
    EXPECT_EQ(client.read_response().body, "Hello, World!") << status;
  }
  for (const auto* status : {"200", "299", "418", "499", "599"}) {
    EXPECT_EQ(app.ask(get("/" + std::string(status))).status, std::stoi(status));
  }
}

// The session puts its id into problems that problem() made, and into nothing that a handler wrote by itself: that is
// sent as it is.
TEST(Answers, OwnProblems) {
  for (const auto* body :
       {"{}", "{ }", "[]", R"([{"a":1}])", R"({"a":{}})", R"({"request_id":"mine"})", "{\"a\":1}\n", "}", ""}) {
    serving app([=](http::router& to) {
      to.get("/", [=](const http::request&) { return http::response{400, "application/problem+json", body}; });
      to.get("/replaced", [=](const http::request&) {
        auto whole = http::problem(400, "a detail");
        whole.body = body;
        return whole;
      });
    });
    EXPECT_EQ(app.ask(get("/")).body, body);
    EXPECT_EQ(app.ask(get("/replaced")).body, body);
  }
}

// 204 and 304 have neither a body nor a Content-Length, whatever the handler put into them.
TEST(Answers, BodilessStatuses) {
  serving app([](http::router& to) {
    basic_routes(to);
    to.get("/204", [](const http::request&) { return http::response{204, {}, "no", {}}; });
    to.get("/304", [](const http::request&) { return http::response{304, {}, "no", {}}; });
  });
  auto client = app.send(get("/204") + get("/304") + get("/hello"));
  for (const int status : {204, 304}) {
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.field("content-length"), std::nullopt);
    EXPECT_EQ(answer.field("transfer-encoding"), std::nullopt);
  }
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// A 205 has no content, whatever the handler put into it, and a length that says so (RFC 9110 §15.3.6).
TEST(Answers, ResetContent) {
  serving app([](http::router& to) {
    basic_routes(to);
    to.get("/205", [](const http::request&) { return http::response{205, {}, "no", {}}; });
    to.get("/problem", [](const http::request&) { return http::problem(205, "no"); });
  });
  auto client = app.send(get("/205") + get("/problem") + get("/hello"));
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 205);
    EXPECT_EQ(answer.field("content-length"), "0");
    EXPECT_EQ(answer.body, "");
  }
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// A handler that throws, plain or a coroutine, gives 500 in its place, and the connection goes on.
TEST(Answers, ThrowingHandlers) {
  serving app([](http::router& to) {
    basic_routes(to);
    to.get("/throws", [](const http::request&) -> task<http::response> {
      co_await asio::this_coro::executor;
      throw 42;
    });
    to.post("/upload-throws", [](const http::request&, http::body_reader& body) -> task<http::response> {
      co_await body.read();
      throw std::runtime_error("in an upload");
    });
  });
  auto client = app.send(get("/fails") + get("/throws") + post("/upload-throws", "x") + get("/hello"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.read_response().status, 500) << i;
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// With several workers every connection is served by one of them, whichever.
TEST(Answers, SeveralWorkers) {
  setting how;
  how.workers = 2;
  serving app(basic_routes, how);
  std::vector<raw_client> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(app.send(get("/hello") + get("/say/it")));
  for (auto& client : clients) {
    EXPECT_EQ(client.read_response().body, "Hello, World!");
    EXPECT_EQ(client.read_response().body, "it");
  }
}

}  // namespace
}  // namespace sundown::test
