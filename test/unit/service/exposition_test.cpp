#include "service/exposition.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sundown::test {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using serving::openmetrics_text;
using serving::prefers_openmetrics;

struct accept_case {
  std::vector<std::string_view> elements;
  bool openmetrics;
};

// OpenMetrics is for who names it, and ranks nothing above it that we have.
TEST(Exposition, FollowsTheScrapersPreference) {
  const std::vector<accept_case> cases{
      {{}, false},
      {{"*/*"}, false},
      {{"text/plain"}, false},
      {{"application/openmetrics-text"}, true},
      {{"Application/OpenMetrics-Text; version=1.0.0"}, true},
      {{"application/openmetrics-text;version=1.0.0", "text/plain;q=0.5", "*/*;q=0.1"}, true},
      {{"application/openmetrics-text;q=0.2", "text/plain;version=0.0.4;q=0.3"}, false},
      {{"application/openmetrics-text;q=0.3", "text/plain;q=0.3"}, true},
      {{"application/openmetrics-text;q=0"}, false},
      {{"application/openmetrics-text;q=junk"}, false},
      {{"application/openmetrics-text;q=0.5junk"}, false},
      {{"application/openmetrics-textual"}, false},
      {{"application/openmetrics-text;version=0.0.1;q=0.1", "application/openmetrics-text;q=0.9", "text/plain;q=0.5"},
       true},
      {{";q=1"}, false},
  };
  for (std::size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(prefers_openmetrics(cases[i].elements), cases[i].openmetrics) << "case " << i;
}

MetricFamily family(std::string name, MetricType type) {
  MetricFamily made;
  made.name = std::move(name);
  made.help = "A \"help\"\nwith\\all.";
  made.type = type;
  made.metric.emplace_back();
  return made;
}

std::string in_text(const MetricFamily& one) { return openmetrics_text({one}); }

// A counter's family has no "_total", its samples have; what is called otherwise is no counter to the format.
TEST(OpenMetrics, NamesCountersByTheirFamily) {
  auto counter = family("requests_total", MetricType::Counter);
  counter.metric[0].counter.value = 3;
  counter.metric[0].label = {{"route", "/a\"b\\c\nd"}};
  EXPECT_EQ(in_text(counter),
            "# TYPE requests counter\n# HELP requests A \\\"help\\\"\\nwith\\\\all.\n"
            "requests_total{route=\"/a\\\"b\\\\c\\nd\"} 3.0\n# EOF\n");
  auto other = family("requests", MetricType::Counter);
  other.help.clear();
  EXPECT_EQ(in_text(other), "# TYPE requests unknown\nrequests 0.0\n# EOF\n");
}

// A histogram ends with the bucket that has everything, whoever made it.
TEST(OpenMetrics, HasTheLastBucket) {
  auto histogram = family("seconds", MetricType::Histogram);
  histogram.help.clear();
  auto& metric = histogram.metric[0];
  metric.histogram.sample_count = 4;
  metric.histogram.sample_sum = 2.5;
  metric.histogram.bucket = {{1, 0.25}, {3, 10}};
  const std::string expected =
      "# TYPE seconds histogram\nseconds_bucket{le=\"0.25\"} 1\nseconds_bucket{le=\"10.0\"} 3\n"
      "seconds_bucket{le=\"+Inf\"} 4\nseconds_sum 2.5\nseconds_count 4\n# EOF\n";
  EXPECT_EQ(in_text(histogram), expected);
  metric.histogram.bucket.push_back({4, std::numeric_limits<double>::infinity()});
  EXPECT_EQ(in_text(histogram), expected);
}

// An exemplar stands behind its bucket, and nowhere else: of this family, this label set, this bound.
TEST(OpenMetrics, HasExemplarsBehindTheirBuckets) {
  auto histogram = family("seconds", MetricType::Histogram);
  histogram.help.clear();
  histogram.metric.resize(2);
  for (auto& metric : histogram.metric) {
    metric.histogram.sample_count = 3;
    metric.histogram.sample_sum = 12.5;
    metric.histogram.bucket = {{1, 0.25}, {2, 10}};
  }
  histogram.metric[1].label = {{"route", "/a"}};
  trace::exemplar quick, endless;
  quick.trace = {0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36};
  quick.span = {0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7};
  quick.value = 0.125;
  quick.when += std::chrono::milliseconds(1'795'762'452'007);
  endless = quick;
  endless.value = 11;
  serving::exemplars shown;
  shown.emplace(serving::bucket_place(1, 1, 0), quick);
  shown.emplace(serving::bucket_place(1, 1, 2), endless);  // of the bucket that the writer adds
  const auto text = openmetrics_text({family("other", MetricType::Gauge), histogram}, shown);
  const std::string same = R"( # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736",span_id="00f067aa0ba902b7"} )";
  EXPECT_EQ(text.substr(text.find("# TYPE seconds")),
            "# TYPE seconds histogram\nseconds_bucket{le=\"0.25\"} 1\nseconds_bucket{le=\"10.0\"} 2\n"
            "seconds_bucket{le=\"+Inf\"} 3\nseconds_sum 12.5\nseconds_count 3\n"
            "seconds_bucket{route=\"/a\",le=\"0.25\"} 1" +
                same +
                "0.125 1795762452.007\n"
                "seconds_bucket{route=\"/a\",le=\"10.0\"} 2\n"
                "seconds_bucket{route=\"/a\",le=\"+Inf\"} 3" +
                same +
                "11.0 1795762452.007\n"
                "seconds_sum{route=\"/a\"} 12.5\nseconds_count{route=\"/a\"} 3\n# EOF\n");
}

// Values that are no plain number have the format's names.
TEST(OpenMetrics, WritesEveryNumber) {
  auto gauge = family("g", MetricType::Gauge);
  gauge.help.clear();
  const auto with = [&](double value) {
    gauge.metric[0].gauge.value = value;
    return in_text(gauge).substr(std::string_view("# TYPE g gauge\ng ").size());
  };
  EXPECT_EQ(with(-1), "-1.0\n# EOF\n");
  EXPECT_EQ(with(0.1), "0.1\n# EOF\n");
  EXPECT_EQ(with(0), "0.0\n# EOF\n");
  EXPECT_EQ(with(0.0001), "0.0001\n# EOF\n");
  EXPECT_EQ(with(0.00001), "1e-05\n# EOF\n");
  EXPECT_EQ(with(100'000), "100000.0\n# EOF\n");
  EXPECT_EQ(with(1e6), "1e+06\n# EOF\n");
  EXPECT_EQ(with(1e300), "1e+300\n# EOF\n");
  EXPECT_EQ(with(std::numeric_limits<double>::infinity()), "+Inf\n# EOF\n");
  EXPECT_EQ(with(-std::numeric_limits<double>::infinity()), "-Inf\n# EOF\n");
  EXPECT_EQ(with(std::numeric_limits<double>::quiet_NaN()), "NaN\n# EOF\n");
}

// Summaries, which authors may add by prometheus-cpp's registry.
TEST(OpenMetrics, HasSummaries) {
  auto summary = family("s", MetricType::Summary);
  summary.help.clear();
  summary.metric[0].summary = {2, 1.5, {{0.5, 0.7}}};
  EXPECT_EQ(in_text(summary), "# TYPE s summary\ns{quantile=\"0.5\"} 0.7\ns_sum 1.5\ns_count 2\n# EOF\n");
}

}  // namespace
}  // namespace sundown::test
