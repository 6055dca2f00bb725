// The real service before the real collector, and before ones that are away when it stops.
#include "otlp/fixture.hpp"
#include "process/scenario.hpp"
#include "process/steady_load.hpp"
#include "support/collector.hpp"

#include <boost/json.hpp>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// With room for what comes while the collector or the exporter isn't scheduled.
settings traced_to(const std::string& url, settings more = {}) {
  more.insert({{"OTEL_EXPORTER_OTLP_ENDPOINT", url},
               {"OTEL_BSP_SCHEDULE_DELAY", "100"},
               {"OTEL_BSP_MAX_QUEUE_SIZE", "100000"}});
  return more;
}

struct told_spans {
  std::uint64_t sent = 0, lost = 0;
};

/// What the report says of them.
told_spans spans_of(const service& app) {
  const auto line = app.report();
  if (!line) throw std::runtime_error("no report\n" + app.log());
  const auto spans = boost::json::parse(*line).at("spans");
  return {spans.at("sent").to_number<std::uint64_t>(), spans.at("lost").to_number<std::uint64_t>()};
}

/// The spans that the service has made, by its own log: one of each request, and those of the stop.
std::uint64_t spans_made(service& app) {
  const auto report = boost::json::parse(app.report().value());
  std::uint64_t made = 1 + report.at("steps").as_array().size() + report.at("closers").as_array().size();
  const auto lines = app.process().out().lines();
  for (const auto& line : lines)
    if (line.find("\"message\":\"access\"") != line.npos) ++made;
  return made;
}

struct checked {
  int code;
  std::string text;
};

checked check_config(const settings& variables) {
  auto options = with(variables);
  options.arguments = {"--check-config"};
  service app(options);
  const auto end = app.wait_exit();
  return {end ? end->code : -1, app.written()};
}

// A wrong variable is found by --check-config, and refuses the start; no secret is shown. One that is only ignored is
// told.
TEST(OtlpProcess, ChecksItsVariables) {
  const auto good = check_config(traced_to("http://127.0.0.1:4318"));
  EXPECT_EQ(good.code, 0) << good.text;
  EXPECT_EQ(good.text, "");
  const auto bad = check_config(traced_to(
      "127.0.0.1:4318", {{"OTEL_EXPORTER_OTLP_HEADERS", "authorization sesame"}, {"OTEL_BSP_MAX_QUEUE_SIZE", "many"}}));
  EXPECT_EQ(bad.code, 2) << bad.text;
  EXPECT_THAT(bad.text, AllOf(HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT"), HasSubstr("OTEL_EXPORTER_OTLP_HEADERS"),
                              HasSubstr("OTEL_BSP_MAX_QUEUE_SIZE"), Not(HasSubstr("sesame"))));
  const auto ignored = check_config(traced_to("http://127.0.0.1:4318", {{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}));
  EXPECT_EQ(ignored.code, 0) << ignored.text;
  EXPECT_THAT(ignored.text, HasSubstr("OTEL_EXPORTER_OTLP_PROTOCOL"));
  service refused(with(traced_to("127.0.0.1:4318")));
  expect_exit(refused, 2, ample);
}

// A thousand requests under load, SIGTERM in the middle of them, twenty times: the collector has each span that the
// report says was sent, and none is lost.
TEST(OtlpProcess, TwentyStopsLoseNoSpan) {
  if (const auto missing = collector::missing(); !missing.empty()) GTEST_SKIP() << missing;
  collector to;
  std::size_t before = 0;
  for (int i = 0; i < 20; ++i) {
    running app(with(traced_to(to.url())));
    steady_load load(app.http(), app.admin());
    ASSERT_TRUE(load.go_on(1300));  // with the probes, which are in no trace
    app.signal(SIGTERM);
    ASSERT_TRUE(app.process().out().wait_for("stop: closers"));
    load.stop();
    expect_exit(app, 0, 8s + ample / 2);
    const auto told = spans_of(app);
    EXPECT_EQ(told.lost, 0U) << app.log();
    EXPECT_GE(told.sent, 1000U);
    EXPECT_EQ(told.sent, spans_made(app));
    EXPECT_TRUE(eventually(ample, [&] { return to.span_count() - before >= told.sent; }));
    EXPECT_EQ(to.span_count() - before, told.sent) << "run " << i;
    before = to.span_count();
  }
}

// The same compressed, once: it is gzip to others as well.
TEST(OtlpProcess, TheCollectorReadsItsGzip) {
  if (const auto missing = collector::missing(); !missing.empty()) GTEST_SKIP() << missing;
  collector to;
  running app(with(traced_to(to.url(), {{"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"}})));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  app.signal(SIGTERM);
  expect_exit(app, 0, 8s + ample / 2);
  const auto told = spans_of(app);
  EXPECT_EQ(told.lost, 0U) << app.log();
  to.end();
  EXPECT_EQ(to.spans().size(), told.sent);
}

/// Requests, then SIGTERM: the exit must come in time and be clean, with every span accounted for.
void expect_clean_stop(const std::string& url) {
  running app(with(traced_to(url)));
  steady_load load(app.http(), app.admin());
  EXPECT_TRUE(load.go_on(300));
  app.signal(SIGTERM);
  EXPECT_TRUE(app.process().out().wait_for("stop: closers"));
  load.stop();  // who goes on finds nobody, and takes the processor for it
  expect_exit(app, 0, 8s + ample / 2);
  const auto told = spans_of(app);
  EXPECT_EQ(told.lost, spans_made(app)) << app.log();
  EXPECT_EQ(told.sent, 0U);
}

// A collector that is away costs no exit code and no deadline: what it doesn't get is counted.
TEST(OtlpProcess, StopsInTimeWithoutACollector) {
  const reserved_port nobody;
  expect_clean_stop("http://127.0.0.1:" + std::to_string(nobody.number()));
}

TEST(OtlpProcess, StopsInTimeWithAFrozenCollector) {
  scripted_collector to;
  to.freeze();
  expect_clean_stop(to.server().url(""));
}

TEST(OtlpProcess, StopsInTimeWithACollectorThatRefuses) {
  for (const auto* const status : {"429 Too Many Requests", "503 Service Unavailable", "404 Not Found"}) {
    const scripted_collector to({answer(status)});
    expect_clean_stop(to.server().url(""));
  }
}

// The second Ctrl-C doesn't wait for the delivery; the report has the count all the same.
TEST(OtlpProcess, TheSecondInterruptDoesNotWait) {
  scripted_collector to;
  to.freeze();
  running app(with(traced_to(to.server().url(""), {{"SUNDOWN_SHUTDOWN__TOTAL", "30s"}})));
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  app.signal(SIGINT);
  ASSERT_TRUE(app.process().out().wait_for("stopping: traces")) << app.log();  // a second press at once is a bounce
  app.signal(SIGINT);
  expect_exit(app, 130, 5s);
  const auto told = spans_of(app);
  EXPECT_GT(told.lost, 0U);
  EXPECT_EQ(told.sent, 0U);
}

}  // namespace
}  // namespace sundown::test
