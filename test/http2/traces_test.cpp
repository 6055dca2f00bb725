// The span of a request on a stream of HTTP/2: as that of HTTP/1, one for each stream.
#include "http/open_trace.hpp"
#include "http2/fixture.hpp"
#include "support/kept_spans.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

namespace sundown::test {
namespace {

using testing::IsEmpty;

constexpr const char* told = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr std::string_view told_id = "4bf92f3577b34da6a3ce929d0e0e4736";

class Http2Traces : public Http2 {
 protected:
  void add(http::router& to) override {
    to.get("/children", [](const http::request& asked) {
      asked.span().child("below").end();
      return text(asked.span().traceparent().str());
    });
    to.get("/missing/{id}", [](const http::request&) { return http::problem(404, "No such order."); });
  }
  ~Http2Traces() override { app.reset(); }  // before its tracer
  void start_traced(setting how = {}) {
    how.traces = &traces;
    start(how);
  }

  kept_spans sent;
  trace::tracer traces{sent};
};

TEST_F(Http2Traces, EveryKind) {
  start_traced();
  auto client = connect();
  const auto status_of = [&](std::uint32_t stream) { return client.answer(stream).status; };
  EXPECT_EQ(status_of(client.get("/hello?a=b", {{"user-agent", "kind/1.0"}})), 200);
  EXPECT_EQ(status_of(client.get("/say/x")), 200);
  EXPECT_EQ(status_of(client.post("/echo", "body")), 200);
  EXPECT_EQ(status_of(client.post("/upload", "body")), 200);
  EXPECT_EQ(status_of(client.get("/three")), 200);
  EXPECT_EQ(status_of(client.get("/fails")), 500);
  EXPECT_EQ(status_of(client.get("/nowhere")), 404);
  app.reset();
  ASSERT_EQ(sent.size(), 7U);
  const auto hello = sent.named("GET /hello");
  EXPECT_EQ(hello.attribute("network.protocol.version"), "2");
  EXPECT_EQ(hello.attribute("url.path"), "/hello");
  EXPECT_EQ(hello.attribute("url.query"), "a=b");
  EXPECT_EQ(hello.attribute("server.address"), "test");
  EXPECT_EQ(hello.attribute("user_agent.original"), "kind/1.0");
  EXPECT_EQ(hello.attribute("http.response.status_code"), "200");
  for (const auto* name : {"GET /say/{what}", "POST /echo", "POST /upload", "GET /three"}) {
    EXPECT_FALSE(sent.named(name).failed()) << name;
    EXPECT_EQ(sent.named(name).kind(), 2) << name;
  }
  EXPECT_TRUE(sent.named("GET /fails").failed());
  EXPECT_FALSE(sent.named("GET").failed());
}

TEST_F(Http2Traces, StreamsHaveTracesOfTheirOwn) {
  start_traced();
  auto client = connect();
  const auto first = client.get("/children", {{"traceparent", told}, {"tracestate", "a=1"}, {"tracestate", "b=2"}});
  const auto second = client.get("/children");
  const auto below = client.answer(first).body;
  client.answer(second);
  app.reset();
  ASSERT_EQ(sent.size(), 4U);
  std::size_t ours = 0;
  for (const auto& each : sent.all()) {
    if (each.trace() != told_id) continue;
    ++ours;
    EXPECT_EQ(each.text("traceState"), "a=1,b=2");
    if (each.name() != "below") {
      EXPECT_EQ(each.parent(), "00f067aa0ba902b7");
      EXPECT_EQ(below, "00-" + each.trace() + "-" + each.id() + "-01");
    }
  }
  EXPECT_EQ(ours, 2U);
}

TEST_F(Http2Traces, SampledStreamsAreExemplars) {
  traces.send_to(sent, trace::sampler::parent_based(trace::sampler::always_off()));
  start_traced();
  auto client = connect();
  client.answer(client.get("/say/a"));
  app->exemplars_of("/say/{what}", 1, 0);
  client.answer(client.get("/say/a", {{"traceparent", told}}));
  const auto found = app->exemplars_of("/say/{what}", 2, 1);
  ASSERT_EQ(found.size(), 1U);
  const trace::context where(found.front().newest.trace, found.front().newest.span, 0);
  EXPECT_EQ(where.trace_text().str(), told_id);
  EXPECT_EQ(where.span_text().str(), sent.named("GET /say/{what}").id());
}

// A stream that is reset is cut; its handler may still have children.
TEST_F(Http2Traces, WhatIsCutHasFailed) {
  start_traced();
  auto client = connect();
  const auto stream = client.get("/held", {{"traceparent", told}});
  ASSERT_TRUE(door.reached());
  client.reset(stream);
  ASSERT_TRUE(eventually(ample, [&] { return sent.size() == 1; }));
  const auto one = sent.named("GET /held");
  EXPECT_TRUE(one.failed());
  EXPECT_EQ(one.attribute("error.type"), "client");
  EXPECT_EQ(one.attribute("http.response.status_code"), "");
}

TEST_F(Http2Traces, ReportOfTheStopNamesThem) {
  setting how;
  how.plan.hard_cancel = slack(50ms);
  start_traced(how);
  auto client = connect();
  client.get("/held", {{"traceparent", told}});
  ASSERT_TRUE(door.reached());
  auto stop = app->begin_stop();
  client.read_until_end();
  const auto ended = stop.get();
  ASSERT_EQ(ended.did.cut.size(), 1U);
  EXPECT_EQ(ended.did.cut.front().trace, told_id);
}

// Of each stream that is under way.
TEST_F(Http2Traces, ReportOfAForcedExitNamesThem) {
  start_traced();
  auto client = connect();
  client.get("/held", {{"traceparent", told}});
  ASSERT_TRUE(door.reached());
  app->announce();
  EXPECT_TRUE(eventually(ample, [&] { return open_trace(*app) == told_id; })) << open_trace(*app);
}

TEST_F(Http2Traces, ProblemNamesTheTrace) {
  start_traced();
  auto client = connect();
  const auto& answer = client.answer(client.get("/missing/7", {{"traceparent", told}}));
  EXPECT_EQ(boost::json::parse(answer.body).at("trace_id").as_string(), told_id);
}

TEST_F(Http2Traces, NothingWhileTracingIsOff) {
  traces.send_nowhere();
  start_traced();
  auto client = connect();
  EXPECT_EQ(client.answer(client.get("/hello", {{"traceparent", told}})).status, 200);
  app.reset();
  EXPECT_EQ(sent.size(), 0U);
}

}  // namespace
}  // namespace sundown::test
