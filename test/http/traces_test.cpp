// The span of a request: of every kind of handler, of refusals and of what is cut; and where its trace is told.
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "http/logged.hpp"
#include "http/open_trace.hpp"
#include "support/kept_spans.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include <optional>
#include <string>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view told = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
constexpr std::string_view told_unsampled = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\r\n";
constexpr std::string_view told_id = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The span is used before anything is waited for, and after.
task<http::response> with_children(const http::request& asked, gate& door) {
  auto early = asked.span().child("early", trace::kind::client);
  asked.span().set("orders.count", 3);
  const auto below = asked.context().parent();
  early.end();
  co_await door.pass();
  below.child("late").set("db.system.name", "sqlite");
  co_return text(asked.span().traceparent().str());
}

class Traces : public testing::Test {
 protected:
  void start(setting how = {}) {
    how.traces = &traces;
    app.emplace(
        [this](http::router& to) {
          basic_routes(to);
          to.get("/held/{id}", [this](const http::request&) { return pass(door); });
          to.get("/children", [this](const http::request& asked) { return with_children(asked, door); });
          to.get("/missing/{id}", [](const http::request&) { return http::problem(404, "No such order."); });
          auto closed = to.group("/closed");
          closed.guarded_by([](const http::request& asked) -> std::optional<http::response> {
            asked.span().set("guard", "asked");
            return http::problem(403, "No.");
          });
          closed.get("", hello);
        },
        how);
  }
  /// The spans of the service, all of which have ended then.
  std::vector<kept_span> spans() {
    app.reset();
    return sent.all();
  }
  /// The only one.
  kept_span span() {
    auto all = spans();
    if (all.size() != 1) throw std::runtime_error(std::to_string(all.size()) + " spans instead of one");
    return all.front();
  }
  void send_nowhere() { traces.send_nowhere(); }

  kept_spans sent;
  trace::tracer traces{sent};
  gate door;
  std::optional<serving> app;
};

TEST_F(Traces, OneSpanIsARequest) {
  start();
  const auto before = std::chrono::system_clock::now();
  EXPECT_EQ(app->ask(get("/say/hello?a=b&c", "User-Agent: kind/1.0 (of a \"test\")\r\n")).status, 200);
  const auto one = span();
  EXPECT_EQ(one.name(), "GET /say/{what}");
  EXPECT_EQ(one.kind(), 2);
  EXPECT_FALSE(one.failed());
  EXPECT_THAT(one.parent(), IsEmpty());
  EXPECT_EQ(one.attribute("http.request.method"), "GET");
  EXPECT_EQ(one.attribute("http.request.method_original"), "");
  EXPECT_EQ(one.attribute("url.path"), "/say/hello");
  EXPECT_EQ(one.attribute("url.query"), "a=b&c");
  EXPECT_EQ(one.attribute("url.scheme"), "http");
  EXPECT_EQ(one.attribute("http.route"), "/say/{what}");
  EXPECT_EQ(one.attribute("http.response.status_code"), "200");
  EXPECT_EQ(one.attribute("client.address"), "127.0.0.1");
  EXPECT_EQ(one.attribute("network.peer.address"), "127.0.0.1");
  EXPECT_EQ(one.attribute("network.protocol.version"), "1.1");
  EXPECT_EQ(one.attribute("user_agent.original"), "kind/1.0 (of a \"test\")");
  EXPECT_EQ(one.attribute("error.type"), "");
  const auto unix_time = [](auto when) { return static_cast<std::uint64_t>(when.time_since_epoch().count()); };
  EXPECT_GE(one.end(), one.begin());
  EXPECT_NEAR(static_cast<double>(one.begin()), static_cast<double>(unix_time(before)), 60e9);
}

TEST_F(Traces, ServerIsTheHostThatWasAsked) {
  struct expected {
    std::string host, address, port;
  };
  for (const auto& [host, address, port] :
       {expected{"shop.example", "shop.example", "80"}, expected{"shop.example:8443", "shop.example", "8443"},
        expected{"[::1]:8080", "::1", "8080"}, expected{"[::1]", "::1", "80"}}) {
    kept_spans kept;
    const trace::tracer to_kept(kept);
    setting how;
    how.traces = &to_kept;
    serving one([](http::router& to) { basic_routes(to); }, how);
    EXPECT_EQ(one.ask("GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status, 200);
    ASSERT_TRUE(eventually(ample, [&] { return kept.size() == 1; }));
    EXPECT_EQ(kept.all().front().attribute("server.address"), address) << host;
    EXPECT_EQ(kept.all().front().attribute("server.port"), port) << host;
  }
}

// What signs a URL lets others use it.
TEST_F(Traces, NoSignatureIsInAQuery) {
  start();
  app->ask(get("/hello?sig=S1&AWSAccessKeyId=S2&a=b&Signature=S3&X-Goog-Signature=S4&signature=kept"));
  EXPECT_EQ(span().attribute("url.query"),
            "sig=REDACTED&AWSAccessKeyId=REDACTED&a=b&Signature=REDACTED&X-Goog-Signature=REDACTED&signature=kept");
}

struct asked_for {
  std::string request, name, status;
  bool fails = false;

  friend std::ostream& operator<<(std::ostream& out, const asked_for& what) { return out << what.name; }
};

class TracesOf : public Traces, public testing::WithParamInterface<asked_for> {};

// The name is the route's, never the path's: what clients send can't make names without number.
TEST_P(TracesOf, EveryKind) {
  start();
  app->ask(GetParam().request);
  const auto one = span();
  EXPECT_EQ(one.name(), GetParam().name);
  EXPECT_EQ(one.attribute("http.response.status_code"), GetParam().status);
  EXPECT_EQ(one.failed(), GetParam().fails);
  EXPECT_EQ(one.attribute("error.type"), GetParam().fails ? GetParam().status : "");
}

INSTANTIATE_TEST_SUITE_P(
    All, TracesOf,
    testing::Values(asked_for{get("/hello"), "GET /hello", "200"}, asked_for{get("/say/x"), "GET /say/{what}", "200"},
                    asked_for{post("/echo", "body"), "POST /echo", "200"},
                    asked_for{post("/upload", "body"), "POST /upload", "200"},
                    asked_for{post("/decline", "body"), "POST /decline", "200"},
                    asked_for{get("/three"), "GET /three", "200"}, asked_for{get("/closed"), "GET /closed", "403"},
                    asked_for{get("/missing/7"), "GET /missing/{id}", "404"}, asked_for{get("/nowhere"), "GET", "404"},
                    asked_for{post("/hello", ""), "POST", "405"},
                    asked_for{post("/json", std::string(100, 'x')), "POST /json", "413"},
                    asked_for{"BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP", "501", true},
                    asked_for{"GET /hello HTTP/1.1\r\n\r\n", "GET", "400"}, asked_for{"GET\r\n\r\n", "HTTP", "400"},
                    asked_for{get("/websocket"), "GET /websocket", "426"},
                    asked_for{get("/fails"), "GET /fails", "500", true}));

TEST_F(Traces, MethodsThatNobodyKnowsAreOne) {
  start();
  app->ask("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto one = span();
  EXPECT_EQ(one.name(), "HTTP");
  EXPECT_EQ(one.attribute("http.request.method"), "_OTHER");
  EXPECT_EQ(one.attribute("http.request.method_original"), "BREW");
}

TEST_F(Traces, SpanOfAWebSocketEndsWithIt) {
  start();
  auto client = app->send(get("/websocket",
                              "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  ASSERT_TRUE(client.read_until("\r\n\r\n"));
  EXPECT_EQ(sent.size(), 0U);
  client.send(std::string("\x88\x80\0\0\0\0", 6));
  EXPECT_EQ(client.read_until_end(), ending::fin);
  const auto one = span();
  EXPECT_EQ(one.name(), "GET /websocket");
  EXPECT_EQ(one.attribute("http.response.status_code"), "101");
}

TEST_F(Traces, ParentIsTheClients) {
  start();
  app->ask(get("/hello", std::string(told) + "tracestate: congo=t61\r\ntracestate: rojo=00f0\r\n"));
  const auto one = span();
  EXPECT_EQ(one.trace(), told_id);
  EXPECT_EQ(one.parent(), "00f067aa0ba902b7");
  EXPECT_EQ(one.text("traceState"), "congo=t61,rojo=00f0");
}

TEST_F(Traces, BrokenParentsAndTwoOfThemAreNone) {
  for (const auto& fields : {std::string(told) + std::string(told), std::string("traceparent: 00-zz-01-01\r\n")}) {
    kept_spans kept;
    const trace::tracer to_kept(kept);
    setting how;
    how.traces = &to_kept;
    serving one(basic_routes, how);
    EXPECT_EQ(one.ask(get("/hello", fields)).status, 200);
    ASSERT_TRUE(eventually(ample, [&] { return kept.size() == 1; }));
    EXPECT_THAT(kept.all().front().parent(), IsEmpty());
    EXPECT_NE(kept.all().front().trace(), told_id);
  }
}

// Pipelined requests use one place after the other: none takes the trace of the one before.
TEST_F(Traces, RequestsOfAConnectionAreStrangers) {
  start();
  auto client = app->send(get("/hello", told) + get("/say/b") + get("/hello"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.read_response().status, 200);
  client.close();
  const auto all = spans();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].trace(), told_id);
  EXPECT_THAT(all[1].parent() + all[2].parent(), IsEmpty());
  EXPECT_NE(all[1].trace(), all[0].trace());
  EXPECT_NE(all[2].trace(), all[1].trace());
}

TEST_F(Traces, ChildrenAreBelowTheRequest) {
  start();
  auto client = app->send(get("/children", told));
  ASSERT_TRUE(door.reached());
  door.open();
  const auto answer = client.read_response();
  client.close();
  const auto all = spans();
  ASSERT_EQ(all.size(), 3U);
  const auto server = sent.named("GET /children"), early = sent.named("early"), late = sent.named("late");
  EXPECT_EQ(server.attribute("orders.count"), "3");
  EXPECT_EQ(early.parent(), server.id());
  EXPECT_EQ(late.parent(), server.id());
  EXPECT_EQ(early.kind(), 3);
  EXPECT_EQ(late.trace(), told_id);
  EXPECT_LE(server.begin(), early.begin());
  EXPECT_LE(early.end(), late.begin());
  EXPECT_LE(late.end(), server.end());
  EXPECT_EQ(answer.body, "00-" + server.trace() + "-" + server.id() + "-01");
}

TEST_F(Traces, GuardsReachTheSpan) {
  start();
  app->ask(get("/closed"));
  EXPECT_EQ(span().attribute("guard"), "asked");
}

// A client that has gone was sent no status.
TEST_F(Traces, WhatIsCutHasFailed) {
  start();
  auto client = app->send(get("/held/7"));
  ASSERT_TRUE(door.reached());
  client.reset();
  ASSERT_TRUE(eventually(ample, [&] { return sent.size() == 1; }));
  const auto one = span();
  EXPECT_EQ(one.name(), "GET /held/{id}");
  EXPECT_TRUE(one.failed());
  EXPECT_EQ(one.attribute("error.type"), "client");
  EXPECT_EQ(one.attribute("http.response.status_code"), "");
}

TEST_F(Traces, WhatIsHalfThereHasASpanToo) {
  start();
  auto client = app->send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n" + std::string(told) + "\r\nhalf");
  ASSERT_TRUE(app->reaches("body"));
  client.reset();
  ASSERT_TRUE(eventually(ample, [&] { return sent.size() == 1; }));
  EXPECT_EQ(span().trace(), told_id);
}

TEST_F(Traces, TimeThatIsOverIsSaid) {
  setting how;
  how.limits.request_timeout = slack(50ms);
  start(how);
  EXPECT_EQ(app->ask(get("/held/7")).status, 503);
  const auto one = span();
  EXPECT_TRUE(one.failed());
  EXPECT_EQ(one.attribute("error.type"), "request_timeout");
  EXPECT_EQ(one.attribute("http.response.status_code"), "503");
}

// The stop's report names the trace of what it has cut.
TEST_F(Traces, ReportOfTheStopNamesThem) {
  setting how;
  how.plan.hard_cancel = slack(50ms);
  start(how);
  auto client = app->send(get("/held/7", told_unsampled));
  ASSERT_TRUE(door.reached());
  const auto ended = app->begin_stop().get();
  ASSERT_EQ(ended.did.cut.size(), 1U);
  EXPECT_EQ(ended.did.cut.front().what, "GET /held/{id}");
  EXPECT_EQ(ended.did.cut.front().trace, told_id);
  EXPECT_EQ(client.read_response().status, 503);
}

// A report that can't ask the worker any more, such as a forced exit's, names the traces that it has noted in the stop.
TEST_F(Traces, ReportOfAForcedExitNamesThem) {
  start();
  auto client = app->send(get("/held/7", told_unsampled));
  ASSERT_TRUE(door.reached());
  app->announce();
  EXPECT_TRUE(eventually(ample, [&] { return open_trace(*app) == told_id; })) << open_trace(*app);
}

// The newest sampled request of a bucket is its exemplar: with the ids of its span, its duration and when it ended.
TEST_F(Traces, SampledRequestsAreExemplars) {
  traces.send_to(sent, trace::sampler::parent_based(trace::sampler::always_off()));
  start();
  const auto before = std::chrono::system_clock::now();
  EXPECT_EQ(app->ask(get("/say/a")).status, 200);
  EXPECT_EQ(app->ask(get("/say/a", told_unsampled)).status, 200);
  app->exemplars_of("/say/{what}", 2, 0);
  EXPECT_EQ(app->ask(get("/say/a", told)).status, 200);
  EXPECT_EQ(app->ask(get("/nowhere", told)).status, 404);
  app->exemplars_of("-", 1, 1);  // what no route took has its row, too
  const auto found = app->exemplars_of("/say/{what}", 3, 1);
  ASSERT_EQ(found.size(), 1U);
  const auto& [bucket, one] = found.front();
  const auto span = sent.named("GET /say/{what}");
  EXPECT_EQ(trace::context(one.trace, one.span, 0).trace_text().str(), told_id);
  EXPECT_EQ(trace::context(one.trace, one.span, 0).span_text().str(), span.id());
  EXPECT_NEAR(one.value, static_cast<double>(span.end() - span.begin()) / 1e9, 1e-6);
  EXPECT_LE(one.value, bucket < http::duration_bounds.size() ? http::duration_bounds[bucket] : one.value);
  EXPECT_GT(one.value, bucket > 0 ? http::duration_bounds[bucket - 1] : 0);
  EXPECT_GE(one.when, before - 1s);
  EXPECT_LE(one.when, std::chrono::system_clock::now() + 1s);
}

TEST_F(Traces, NoExemplarIsThereWhileTracingIsOff) {
  send_nowhere();
  start();
  EXPECT_EQ(app->ask(get("/say/a", told)).status, 200);
  app->exemplars_of("/say/{what}", 1, 0);
}

/// The member of a problem that an answer is; "" without it.
std::string member(const reply& answer, std::string_view name) {
  const auto object = boost::json::parse(answer.body).as_object();
  const auto* const found = object.if_contains(name);
  return found ? std::string(found->as_string()) : std::string();
}

TEST_F(Traces, ProblemNamesTheTrace) {
  start();
  const auto sampled = app->ask(get("/missing/7"));
  EXPECT_EQ(member(sampled, "request_id").size(), 16U);
  EXPECT_EQ(member(sampled, "trace_id").size(), 32U);
  EXPECT_EQ(member(app->ask(get("/fails", told)), "trace_id"), told_id);
  EXPECT_EQ(member(app->ask("GET /hello HTTP/1.1\r\n\r\n"), "trace_id").size(), 32U);
  const auto all = spans();
  EXPECT_EQ(all.front().trace(), member(sampled, "trace_id"));
}

// A trace that nobody keeps is named only to a client that has begun it.
TEST_F(Traces, ProblemNamesNoTraceThatNobodyKeeps) {
  traces.send_to(sent, trace::sampler::always_off());
  start();
  EXPECT_EQ(member(app->ask(get("/missing/7")), "trace_id"), "");
  EXPECT_EQ(member(app->ask(get("/missing/7", told)), "trace_id"), told_id);
  EXPECT_THAT(spans(), IsEmpty());
}

TEST_F(Traces, LogNamesTheTrace) {
  traces.send_to(sent, trace::sampler::parent_based(trace::sampler::always_off()));
  logged log;
  setting how;
  how.access_log = true;
  start(how);
  log::set_level(log::level::error);
  app->ask(get("/hello", told));
  app->ask(get("/fails", told_unsampled));
  app->ask(get("/say/nothing"));
  app.reset();
  const auto lines = log.lines();
  ASSERT_EQ(lines.size(), 4U);
  const auto trace = " trace=" + std::string(told_id);
  for (const auto& line : lines) {
    if (line.find("/say/nothing") != line.npos) {
      EXPECT_THAT(line, Not(HasSubstr("trace="))) << "nobody keeps it, nobody knows it";
    } else {
      EXPECT_THAT(line, HasSubstr(trace));
    }
  }
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const auto& line) { return line.find("handler failed") != line.npos; }),
            1);
}

TEST_F(Traces, NothingIsToldWhileTracingIsOff) {
  traces.send_nowhere();
  logged log;
  setting how;
  how.access_log = true;
  start(how);
  log::set_level(log::level::error);
  EXPECT_EQ(member(app->ask(get("/missing/7", told)), "trace_id"), "");
  door.open();
  EXPECT_EQ(app->ask(get("/children", told)).status, 200);
  EXPECT_THAT(spans(), IsEmpty());
  for (const auto& line : log.lines()) EXPECT_THAT(line, Not(HasSubstr("trace=")));
}

}  // namespace
}  // namespace sundown::test
