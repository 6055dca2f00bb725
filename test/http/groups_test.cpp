// Groups of routes: their guards, what guards find out, and hooks on answers.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <gmock/gmock.h>

#include <memory>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct user {
  std::string name;
};
/// Who was asked, in order.
struct trace {
  std::string asked;
};

/// A guard that leaves its name, and refuses whom the field X-Refuse names.
auto guard_named(std::string name) {
  return [name](const http::request& request) {
    const auto* before = request.find<trace>();
    request.set(trace{(before ? before->asked : "") + name});
    std::optional<http::response> refusal;
    if (request.header("x-refuse") == name) refusal = http::problem(403, "refused by " + name);
    return refusal;
  };
}

/// The same, as a coroutine that waits.
auto waiting_guard_named(std::string name, gate& door) {
  return [guard = guard_named(std::move(name)),
          &door](const http::request& request) -> task<std::optional<http::response>> {
    co_await door.pass();
    co_return guard(request);
  };
}

http::response shown_trace(const http::request& request) {
  const auto* found = request.find<trace>();
  return text(found ? found->asked : "(nobody)");
}

/// A hook that adds a field.
auto mark(std::string name) {
  return [name](const http::request&, http::response& answer) { answer.with("X-Hook", name); };
}

/// All values of X-Hook, in order.
std::string marks(const reply& answer) {
  std::string all;
  for (const auto& [name, value] : answer.fields) {
    if (name == "x-hook") all += value;
  }
  return all;
}

// Guards are asked from the outside in, whenever they were added; a route outside of a group has none of the group's.
TEST(Groups, GuardsFromTheOutsideIn) {
  gate door;
  door.open();
  serving app([&](http::router& to) {
    auto v1 = to.group("/v1");
    auto inner = v1.group("/inner");
    inner.get("/all", shown_trace).guarded_by(guard_named("e")).guarded_by(waiting_guard_named("f", door));
    inner.get("/some", shown_trace);
    inner.guarded_by(guard_named("c")).guarded_by(guard_named("d"));
    v1.guarded_by(waiting_guard_named("b", door));
    v1.get("", shown_trace);
    to.get("/out", shown_trace);
    to.guarded_by(guard_named("a"));
  });
  EXPECT_EQ(app.ask(get("/v1/inner/all")).body, "abcdef");
  EXPECT_EQ(app.ask(get("/v1/inner/some")).body, "abcd");
  EXPECT_EQ(app.ask(get("/v1")).body, "ab");
  EXPECT_EQ(app.ask(get("/out")).body, "a");
  for (const std::string who : {"a", "b", "c", "d", "e", "f"}) {
    const auto answer = app.ask(get("/v1/inner/all", "X-Refuse: " + who + "\r\n"));
    EXPECT_EQ(answer.status, 403);
    EXPECT_THAT(answer.body, HasSubstr("refused by " + who));
  }
  EXPECT_EQ(app.ask(get("/out", "X-Refuse: b\r\n")).status, 200);
}

// A group without a prefix is for guards alone; groups with names in their prefix give them to the handler.
TEST(Groups, Prefixes) {
  serving app([](http::router& to) {
    auto closed = to.group("").guarded_by(guard_named("x"));
    closed.get("/closed", shown_trace);
    to.get("/open", shown_trace);
    auto tenant = to.group("/t/{tenant}");
    tenant.get("/who", [](const http::request& r) { return text(r.param("tenant")); });
    tenant.post("/who", [](const http::request& r) { return text(r.param("tenant") + ":" + std::string(r.body())); });
    tenant.patch("/who", [](const http::request&) { return http::no_content(); });
  });
  EXPECT_EQ(app.ask(get("/closed")).body, "x");
  EXPECT_EQ(app.ask(get("/open")).body, "(nobody)");
  EXPECT_EQ(app.ask(get("/t/blue/who")).body, "blue");
  EXPECT_EQ(app.ask(post("/t/blue/who", "b")).body, "blue:b");
  EXPECT_EQ(app.ask("PATCH /t/blue/who HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").status, 204);
}

// Every guard answers before the body is asked for; the first that refuses spares the others.
TEST(Groups, AllGuardsBeforeTheBody) {
  gate door;
  serving app([&](http::router& to) {
    to.group("/v1").guarded_by(guard_named("a")).post("/echo", echo).guarded_by(waiting_guard_named("b", door));
  });
  const auto head = [](std::string_view more) {
    return "POST /v1/echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n" + std::string(more) +
           "\r\n";
  };
  auto refused = app.send(head("X-Refuse: a\r\n"));
  EXPECT_EQ(refused.read_response().status, 403) << "the second guard would wait";
  auto client = app.send(head(""));
  ASSERT_TRUE(door.reached());
  EXPECT_EQ(client.read_some(1, 20ms), ending::timed_out);
  door.open();
  ASSERT_TRUE(client.read_until("\r\n\r\n"));
  EXPECT_THAT(client.received(), testing::StartsWith("HTTP/1.1 100 "));
  client.received() = {};
  client.send("body");
  EXPECT_EQ(client.read_response().body, "body");
}

// A guard that fails is 500, whatever stands behind it, and the others are not asked.
TEST(Groups, FailingGuard) {
  serving app([](http::router& to) {
    to.guarded_by(guard_named("a"));
    to.get("/x", shown_trace).guarded_by([](const http::request&) -> std::optional<http::response> {
      throw std::runtime_error("secret");
    });
  });
  const auto answer = app.ask(get("/x"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, Not(HasSubstr("secret")));
}

// What a guard has found out is there for every kind of handler, and gone with its request.
TEST(Attributes, LastAsLongAsTheirRequest) {
  gate door;
  auto alive = std::make_shared<int>();
  struct held {
    std::shared_ptr<int> value;
  };
  serving app([&](http::router& to) {
    auto api = to.group("").guarded_by([&](const http::request& request) {
      if (!request.header("x-user").empty()) request.set(user{std::string(request.header("x-user"))});
      request.set(held{alive});
      return std::optional<http::response>();
    });
    const auto name = [](const http::request& request) { return request.get<user>().name; };
    api.get("/plain", [=](const http::request& r) { return text(name(r)); });
    api.get("/async", [&door, name](const http::request& r) -> task<http::response> {
      co_await door.pass();
      co_return text(name(r));
    });
    api.post("/upload", [=](const http::request& r, http::body_reader& body) -> task<http::response> {
      for (bool more = true; more;) {
        const auto piece = co_await body.read();
        more = piece && !piece->empty();
      }
      co_return text(name(r));
    });
    api.get("/stream", [=](const http::request& r, http::response_stream& out) -> task<> {
      const auto started = co_await out.start(text({}));
      if (started) co_await out.write(name(r));
    });
    to.get("/unguarded", [=](const http::request& r) { return text(r.find<user>() ? "somebody" : "nobody"); });
  });
  auto client = app.connect();
  const std::string as_ann = "X-User: Ann\r\n";
  client.send(get("/plain", as_ann));
  EXPECT_EQ(client.read_response().body, "Ann");
  client.send(get("/async", as_ann));
  ASSERT_TRUE(door.reached());
  EXPECT_EQ(alive.use_count(), 2) << "the test's and the request's";
  door.open();
  EXPECT_EQ(client.read_response().body, "Ann");
  EXPECT_TRUE(eventually(ample, [&] { return alive.use_count() == 1; })) << "let go of with the request";
  client.send("POST /upload HTTP/1.1\r\nHost: a\r\nX-User: Bob\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_EQ(client.read_response().body, "Bob");
  client.send(get("/stream", "X-User: Cid\r\n"));
  EXPECT_EQ(client.read_response().body, "Cid");
  client.send(get("/unguarded"));
  EXPECT_EQ(client.read_response().body, "nobody") << "an attribute of another request";
  client.send(get("/plain"));
  EXPECT_EQ(client.read_response().status, 500) << "nobody has set the user";
}

// A second value of a type replaces the first; different types are different places.
TEST(Attributes, OneOfEachType) {
  serving app([](http::router& to) {
    to.get("/", [](const http::request& request) {
      request.set(user{"first"});
      request.set(trace{"trace"});
      const auto& kept = request.set(user{"second"});
      return text(kept.name + " " + request.get<user>().name + " " + request.get<trace>().asked);
    });
  });
  EXPECT_EQ(app.ask(get("/")).body, "second second trace");
}

/// An API with a hook at each level.
void hooked(http::router& to) {
  to.on_answer(mark("1"));
  auto api = to.group("/api").on_answer(mark("2"));
  auto inner = api.group("/inner").on_answer(mark("3"));
  to.get("/out", hello);
  api.get("/hello", hello);
  api.post("/echo", echo, {.body_limit = 16, .accepts = "application/json"});
  api.get("/fails", fails);
  api.get("/three", three);
  api.get("/closed", hello).guarded_by([](const http::request&) {
    return std::optional<http::response>(http::problem(401, "Who are you?"));
  });
  inner.get("/hello", hello);
  inner.get("/nothing", [](const http::request&) { return http::no_content(); });
}

// A hook sees the answers of its group, the inner ones first: handlers', guards' and ours.
TEST(Hooks, SeeAllAnswersOfTheirGroup) {
  serving app(hooked);
  const auto expect = [&](const std::string& request, int status, const char* hooks) {
    const auto answer = app.ask(request);
    EXPECT_EQ(answer.status, status) << request;
    EXPECT_EQ(marks(answer), hooks) << request;
  };
  expect(get("/out"), 200, "1");
  expect(get("/api/hello"), 200, "21");
  expect(get("/api/three"), 200, "21");
  expect(get("/api/inner/hello"), 200, "321");
  expect(get("/api/inner/nothing"), 204, "321");
  expect(get("/api/fails"), 500, "21");
  expect(get("/api/closed"), 401, "21");
  expect(post("/api/echo", "{}", "text/plain"), 415, "21");
  expect(post("/api/echo", std::string(17, 'x'), "application/json"), 413, "21");
  expect(post("/api/hello", ""), 405, "21");
  expect("OPTIONS /api/inner/hello HTTP/1.1\r\nHost: a\r\n\r\n", 204, "321");
}

// The 404 belongs to the innermost group whose prefix the path begins with, segment by segment.
TEST(Hooks, NothingAtThePath) {
  serving app(hooked);
  const std::pair<const char*, const char*> paths[] = {
      {"/nowhere", "1"},         {"/apis", "1"},           {"/api", "21"},
      {"/api/nowhere", "21"},    {"/api/innermost", "21"}, {"/api/inner/nowhere/x", "321"},
      {"/%61pi/inner/x", "321"}, {"/out/api/inner", "1"}};
  for (const auto& [path, hooks] : paths) {
    const auto answer = app.ask(get(path));
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(marks(answer), hooks) << path;
  }
}

// What is answered before there is a path is no group's.
TEST(Hooks, BeforeThePath) {
  serving app(hooked);
  for (const auto* request : {"GET /api/hello\r\n\r\n", "GET /api/hello HTTP/1.1\r\n\r\n",
                              "BREW /api/hello HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    EXPECT_EQ(marks(app.ask(request)), "") << request;
  }
  auto client = app.send(get("/api/hello") + "GET /api/hello HTTP/1.1\r\n\r\n");
  EXPECT_EQ(marks(client.read_response()), "21");
  EXPECT_EQ(marks(client.read_response()), "") << "a hook of the request before";
}

// A hook may see the request and its attributes, and change all of the answer, the body of a problem too.
TEST(Hooks, MayChangeTheAnswer) {
  serving app([](http::router& to) {
    to.guarded_by([](const http::request& request) {
      request.set(user{"Ann"});
      return std::optional<http::response>();
    });
    to.get("/hello", hello);
    to.on_answer([](const http::request& request, http::response& answer) {
      const auto* caller = request.find<user>();
      answer = http::text(
          299, std::string(request.path()) + " " + (caller ? caller->name : "-") + " " + std::to_string(answer.status));
    });
  });
  const auto answer = app.ask(get("/hello"));
  EXPECT_EQ(answer.status, 299);
  EXPECT_EQ(answer.body, "/hello Ann 200");
  EXPECT_EQ(app.ask(get("/nowhere")).body, "/nowhere - 404");
  EXPECT_EQ(app.ask("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n").status, 299);
}

// A hook that throws makes a 500 without its text, of a whole answer as of a stream; the connection goes on.
TEST(Hooks, Failing) {
  serving app([](http::router& to) {
    basic_routes(to);
    to.on_answer([](const http::request& request, http::response& answer) {
      if (request.header("x-fail") == "yes") throw std::runtime_error("secret");
      if (request.header("x-body") == "yes") answer.body = "no head of a stream";
    });
  });
  auto client = app.connect();
  for (const auto* path : {"/hello", "/three", "/nowhere", "/say/it"}) {
    client.send(get(path, "X-Fail: yes\r\n"));
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 500) << path;
    EXPECT_THAT(answer.body, Not(HasSubstr("secret"))) << path;
  }
  client.send(get("/three", "X-Body: yes\r\n"));
  EXPECT_EQ(client.read_response().status, 500);
  client.send(get("/three"));
  EXPECT_EQ(client.read_response().body, "one two three");
}

// A body that comes too slowly is refused with the group's field, also when what has come lies elsewhere by then.
TEST(Hooks, OfARequestThatIsTooSlow) {
  setting how;
  how.limits.body_grace = slack(200ms);
  how.limits.body_rate = 1'000'000;
  serving app(
      [](http::router& to) {
        to.post("/slow/{name}", echo);
        to.on_answer([](const http::request& r, http::response& answer) { answer.with("X-Hook", r.param("name")); });
      },
      how);
  auto client = app.send("POST /slow/me HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  client.send(std::string(100'000, 'x'));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 408) << answer.describe();
  EXPECT_EQ(marks(answer), "me");
}

// In a stop the 503 of the hard cancel has the group's field, too.
TEST(Hooks, OfTheHardCancel) {
  gate door;
  setting how;
  how.plan.hard_cancel = slack(100ms);
  serving app(
      [&](http::router& to) {
        to.group("/api").on_answer(mark("2")).get("/held", [&](const http::request&) { return pass(door); });
      },
      how);
  auto client = app.send(get("/api/held"));
  ASSERT_TRUE(door.reached());
  auto stop = app.begin_stop();
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(marks(answer), "2");
  stop.get();
}

}  // namespace
}  // namespace sundown::test
