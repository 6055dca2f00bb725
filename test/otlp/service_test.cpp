// The export as a part of a service: figures, log, report, and the trace of the stop itself.
#include "otlp/fixture.hpp"
#include "support/kept_spans.hpp"

#include <sundown/http/router.hpp>
#include <sundown/otlp.hpp>
#include <sundown/testing/in_process.hpp>

#include <map>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

using variables = std::vector<std::pair<std::string, std::string>>;

/// A route with a span of its own, below none.
void build_shop(sundown::service& app) {
  app.routes().get("/work", [&app](const http::request&) {
    app.traces().start("work").end();
    return http::text("done");
  });
}

sundown::testing::in_process_options options(const scripted_collector& to, variables more = {}) {
  sundown::testing::in_process_options how;
  how.variables = std::move(more);
  how.variables.emplace_back("OTEL_EXPORTER_OTLP_ENDPOINT", to.server().url(""));
  return how;
}

program traced_shop() { return shop().with(otlp::over_http()); }

std::vector<kept_span> received(const scripted_collector& from) {
  std::vector<kept_span> all;
  for (const auto& request : from.requests()) {
    const auto body = boost::json::parse(request.substr(request.find("\r\n\r\n") + 4));
    for (const auto& span : body.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans").as_array())
      all.emplace_back(boost::json::serialize(span));
  }
  return all;
}

std::map<std::string, kept_span> by_name(const scripted_collector& from) {
  std::map<std::string, kept_span> all;
  for (auto& each : received(from)) all.emplace(each.name(), each);
  return all;
}

// All that was made is sent at the stop, as the report says; the stop itself is a trace, with a span for each step and
// each closer below its root.
TEST(OtlpService, SendsTheStopItself) {
  scripted_collector to;
  sundown::testing::in_process service(traced_shop(), build_shop, options(to));
  EXPECT_EQ(service.ask(get("/work")).status, 200U);
  const auto& report = service.stop();
  EXPECT_EQ(report.exit_code, 0) << service.log();
  ASSERT_TRUE(report.spans);
  EXPECT_EQ(report.spans->lost, 0U);
  EXPECT_EQ(report.spans->sent, received(to).size());
  EXPECT_EQ(report.closers.back().name, "traces");
  EXPECT_THAT(service.log(), HasSubstr("\"spans\":{\"sent\":" + std::to_string(report.spans->sent) + ",\"lost\":0}"));
  const auto spans = by_name(to);
  ASSERT_TRUE(spans.contains("work"));
  ASSERT_TRUE(spans.contains("shutdown"));
  const auto& root = spans.at("shutdown");
  EXPECT_EQ(root.parent(), "");
  EXPECT_EQ(root.attribute("sundown.shutdown.trigger"), "the test");
  EXPECT_EQ(root.attribute("sundown.shutdown.exit_code"), "0");
  EXPECT_FALSE(root.failed());
  for (const auto& step : report.steps) {
    ASSERT_TRUE(spans.contains(step.name)) << step.name;
    const auto& span = spans.at(step.name);
    EXPECT_EQ(span.parent(), root.id());
    EXPECT_GE(span.begin(), root.begin());
    EXPECT_LE(span.begin(), span.end());
    EXPECT_LE(span.end(), root.end());
  }
  for (const auto& closer : report.closers) {
    ASSERT_TRUE(spans.contains("close " + closer.name)) << closer.name;
    EXPECT_EQ(spans.at("close " + closer.name).parent(), spans.at("closers").id());
    EXPECT_EQ(spans.at("close " + closer.name).trace(), root.trace());
  }
}

// It is sampled whatever else is.
TEST(OtlpService, SendsTheStopUnsampled) {
  scripted_collector to;
  sundown::testing::in_process service(traced_shop(), build_shop, options(to, {{"OTEL_TRACES_SAMPLER", "always_off"}}));
  EXPECT_EQ(service.ask(get("/work")).status, 200U);
  service.stop();
  const auto spans = by_name(to);
  EXPECT_TRUE(spans.contains("shutdown"));
  EXPECT_FALSE(spans.contains("work"));
}

// Without an endpoint, and in a program without the component, tracing is off and nothing speaks of it.
TEST(OtlpService, IsOffWithoutAnEndpoint) {
  for (const auto& identity : {traced_shop(), shop()}) {
    const auto is_off = [](sundown::service& app) {
      build_shop(app);
      EXPECT_TRUE(app.traces().off());
    };
    sundown::testing::in_process service(identity, is_off);
    EXPECT_EQ(service.ask(get("/work")).status, 200U);
    EXPECT_THAT(service.ask_admin(get("/metrics")).body, Not(HasSubstr("shop_span")));
    const auto& report = service.stop();
    EXPECT_EQ(report.exit_code, 0);
    EXPECT_FALSE(report.spans);
    EXPECT_THAT(service.log(), Not(HasSubstr("\"spans\"")));
  }
}

// Figures: sent, waiting, lost by the reason, tries by their outcome.
TEST(OtlpService, ShowsItsFigures) {
  scripted_collector to({answer("400 Bad Request"), answer("200 OK")});
  sundown::testing::in_process service(
      traced_shop(), build_shop, options(to, {{"OTEL_BSP_SCHEDULE_DELAY", "1"}, {"OTEL_TRACES_SAMPLER", "always_on"}}));
  const auto figures = [&] { return service.ask_admin(get("/metrics")).body; };
  for (const auto* name :
       {"shop_spans_lost_total{reason=\"queue_full\"} 0", "shop_spans_lost_total{reason=\"gave_up\"} 0",
        "shop_span_exports_total{outcome=\"unreachable\"} 0", "shop_spans_waiting 0"})
    EXPECT_THAT(figures(), HasSubstr(name));
  service.ask(get("/work"));
  ASSERT_TRUE(eventually(
      ample, [&] { return figures().find("span_exports_total{outcome=\"refused\"} 1") != std::string::npos; }));
  EXPECT_THAT(figures(), Not(HasSubstr("shop_spans_lost_total{reason=\"refused\"} 0")));
  service.ask(get("/work"));
  EXPECT_TRUE(eventually(ample, [&] { return figures().find("shop_spans_sent_total 0") == std::string::npos; }));
}

// A sampled request is an exemplar of its bucket, for a scraper that takes OpenMetrics; the older format has none.
TEST(OtlpService, ShowsExemplars) {
  scripted_collector to;
  sundown::testing::in_process service(traced_shop(), build_shop,
                                       options(to, {{"OTEL_TRACES_SAMPLER", "parentbased_always_off"}}));
  constexpr auto parent = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0";
  const auto openmetrics = [&] {
    return service.ask_admin(get("/metrics", "Accept: application/openmetrics-text\r\n")).body;
  };
  const auto shows = [&](std::string_view text) {
    return eventually(ample, [&] { return openmetrics().find(text) != std::string::npos; });
  };
  EXPECT_EQ(service.ask(get("/work", std::string(parent) + "0\r\n")).status, 200U);
  ASSERT_TRUE(shows("shop_request_duration_seconds_count{method=\"GET\",route=\"/work\"} 1"));
  EXPECT_THAT(openmetrics(), Not(HasSubstr("trace_id")));
  EXPECT_EQ(service.ask(get("/work", std::string(parent) + "1\r\n")).status, 200U);
  ASSERT_TRUE(shows("trace_id"));
  EXPECT_THAT(
      openmetrics(),
      ContainsRegex("shop_request_duration_seconds_bucket[{]method=\"GET\",route=\"/work\",le=\"[^\"]+\"[}] [12] # "
                    "[{]trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\",span_id=\"[0-9a-f]+\"[}] "
                    "[0-9.e-]+ [0-9]+[.][0-9][0-9][0-9]\n"));
  EXPECT_THAT(service.ask_admin(get("/metrics")).body, Not(HasSubstr("trace_id")));
}

// A loss of spans is no cut work. One line says that the collector is away and one that it is back; none has a secret.
TEST(OtlpService, TellsOnceAndLosesNoExitCode) {
  scripted_collector to({answer("503 Service Unavailable"), answer("503 Service Unavailable"), answer("200 OK"),
                         answer("503 Service Unavailable")});
  auto how =
      options(to, {{"OTEL_BSP_SCHEDULE_DELAY", "1"}, {"OTEL_EXPORTER_OTLP_HEADERS", "authorization=open-sesame"}});
  sundown::testing::in_process service(traced_shop(), build_shop, how);
  service.ask(get("/work"));
  ASSERT_TRUE(service.wait_line("traces: the collector is back")) << service.log();
  const auto& report = service.stop();
  EXPECT_EQ(report.exit_code, 0) << service.log();
  ASSERT_TRUE(report.spans);
  EXPECT_GT(report.spans->sent, 0U);
  EXPECT_GT(report.spans->lost, 0U);
  const auto& closer = report.closers.back();
  EXPECT_EQ(closer.result, stop::closer_result::outcome::closed);
  EXPECT_THAT(closer.omitted, AllOf(HasSubstr(std::to_string(report.spans->lost) + " spans"), HasSubstr("503")));
  const auto lines = service.lines();
  const auto count = [&](std::string_view text) {
    return std::ranges::count_if(lines, [&](const auto& line) { return line.find(text) != line.npos; });
  };
  EXPECT_EQ(count("the collector takes no spans"), 1);
  EXPECT_EQ(count("the collector is back"), 1);
  EXPECT_EQ(count("open-sesame"), 0);
}

// One line says that the answers are too long, and the spans count as sent.
TEST(OtlpService, TellsOnceOfLargeAnswers) {
  scripted_collector to({answer("200 OK", std::string(100'000, ' '))});
  sundown::testing::in_process service(traced_shop(), build_shop,
                                       options(to, {{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1"}}));
  for (int i = 0; i < 3; ++i) service.ask(get("/work"));
  ASSERT_TRUE(eventually(ample, [&] { return to.count() >= 3; }));
  const auto& report = service.stop();
  ASSERT_TRUE(report.spans);
  EXPECT_EQ(report.spans->lost, 0U);
  EXPECT_EQ(report.spans->sent, received(to).size());
  const auto lines = service.lines();
  EXPECT_EQ(std::ranges::count_if(lines, [](const auto& line) { return line.find("too long") != line.npos; }), 1)
      << service.log();
}

// What is ignored is told at the start; what can't work refuses it.
TEST(OtlpService, TellsOfItsVariables) {
  scripted_collector to;
  {
    sundown::testing::in_process service(traced_shop(), build_shop,
                                         options(to, {{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}));
    EXPECT_TRUE(service.wait_line("traces: OTEL_EXPORTER_OTLP_PROTOCOL")) << service.log();
  }
  EXPECT_THROW(sundown::testing::in_process(traced_shop(), build_shop, options(to, {{"OTEL_BSP_MAX_QUEUE_SIZE", "x"}})),
               startup_error);
}

}  // namespace
}  // namespace sundown::test
