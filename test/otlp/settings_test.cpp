// The environment variables, as OpenTelemetry's specification has them.
#include "otlp/settings.hpp"
#include "support/testing.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace sundown::test {
namespace {

using otlp::environment;
using otlp::findings;
using otlp::read_settings;
using otlp::settings;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

constexpr const char* endpoint_variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// With an endpoint.
environment with(environment more) {
  more.insert(more.begin(), {endpoint_variable, "http://localhost:4318"});
  return more;
}

settings good(const environment& given) {
  findings found;
  auto read = read_settings(given, found);
  EXPECT_THAT(found.faults, IsEmpty());
  EXPECT_THAT(found.warnings, IsEmpty());
  return read;
}

std::string fault(const environment& given) {
  findings found;
  (void)read_settings(given, found);
  EXPECT_EQ(found.faults.size(), 1U);
  return found.faults.empty() ? std::string() : found.faults[0];
}

/// What is warned of is as if it were not set.
settings warned(const environment& given, const std::string& variable) {
  findings found;
  auto read = read_settings(given, found);
  EXPECT_THAT(found.faults, IsEmpty());
  EXPECT_THAT(found.warnings, ElementsAre(StartsWith(variable))) << variable;
  return read;
}

bool samples(const settings& given, const trace::context& parent, std::uint8_t id) {
  trace::trace_id trace{};
  trace.fill(id);
  return given.sampler.samples(parent, trace);
}

trace::context parent(bool sampled) {
  trace::trace_id trace{};
  trace.fill(0xff);
  return {trace, {1}, static_cast<std::uint8_t>(sampled ? trace::context::sampled_flag : 0)};
}

// Without an endpoint nothing is traced, and nothing is judged.
TEST(OtlpSettings, IsOffByDefault) {
  EXPECT_FALSE(good({}).enabled());
  EXPECT_FALSE(good({{endpoint_variable, ""}, {"OTEL_BSP_MAX_QUEUE_SIZE", "x"}}).enabled());
  EXPECT_FALSE(good(with({{"OTEL_SDK_DISABLED", "TRUE"}, {"OTEL_BSP_MAX_QUEUE_SIZE", "x"}})).enabled());
  EXPECT_FALSE(good(with({{"OTEL_TRACES_EXPORTER", "none"}})).enabled());
  EXPECT_TRUE(good(with({{"OTEL_SDK_DISABLED", "false"}, {"OTEL_TRACES_EXPORTER", "otlp"}})).enabled());
}

// The defaults are those of the specification.
TEST(OtlpSettings, HasTheDefaultsOfTheSpecification) {
  const auto read = good(with({}));
  EXPECT_EQ(read.timeout, 10s);
  EXPECT_EQ(read.queue, 2048U);
  EXPECT_EQ(read.batch, 512U);
  EXPECT_EQ(read.delay, 5s);
  EXPECT_EQ(read.export_timeout, 30s);
  EXPECT_FALSE(read.gzip);
  EXPECT_TRUE(samples(read, {}, 0xff));
  EXPECT_FALSE(samples(read, parent(false), 0));
}

// The general endpoint is one for all signals, that of traces is where to POST, and goes before it.
TEST(OtlpSettings, MakesTheUrl) {
  const auto url = [](const char* general, const char* traces = "") {
    return good({{endpoint_variable, general}, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces}}).endpoint;
  };
  EXPECT_EQ(url("http://localhost:4318"), "http://localhost:4318/v1/traces");
  EXPECT_EQ(url("https://c.example/otlp/"), "https://c.example/otlp/v1/traces");
  EXPECT_EQ(url("http://a:1", "http://b:2/x"), "http://b:2/x");
  EXPECT_EQ(url("", "http://b:2"), "http://b:2");
}

// An endpoint that can't be one, or a number that is none, must not go unnoticed: the service doesn't start.
TEST(OtlpSettings, RefusesWhatCannotWork) {
  for (const auto* url : {"localhost:4318", "grpc://localhost:4317", "http://", "http://u:secret@h", "http://h:x"}) {
    const auto text = fault({{endpoint_variable, url}});
    EXPECT_THAT(text,
                AllOf(StartsWith(endpoint_variable), HasSubstr("http://localhost:4318"), Not(HasSubstr("secret"))));
  }
  for (const auto* url : {"http://h:4318?k=v", "http://h:4318/base?k=v", "http://h:4318/#f"})
    EXPECT_THAT(fault({{endpoint_variable, url}}),
                AllOf(StartsWith(endpoint_variable), HasSubstr("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")))
        << url;
  for (const auto* name : {"OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
                           "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT"})
    for (const auto* text : {"5s", "-1", "1.5", "99999999999999999999", "many"})
      EXPECT_THAT(fault(with({{name, text}})), AllOf(StartsWith(name), HasSubstr("whole number"))) << text;
  EXPECT_THAT(fault(with({{"OTEL_BSP_MAX_QUEUE_SIZE", "10"}, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "11"}})),
              AllOf(StartsWith("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"), HasSubstr("(10)")));
  for (const auto* ratio : {"2", "-0.1", "often", "0.1x", "nan"})
    EXPECT_THAT(fault(with({{"OTEL_TRACES_SAMPLER", "traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", ratio}})),
                StartsWith("OTEL_TRACES_SAMPLER_ARG"))
        << ratio;
}

// What the specification says to ignore is ignored, and told.
TEST(OtlpSettings, WarnsOfWhatItDoesNotKnow) {
  const auto warned_of = [](const std::string& name, const char* text) { return warned(with({{name, text}}), name); };
  EXPECT_TRUE(warned_of("OTEL_TRACES_EXPORTER", "zipkin").enabled());
  EXPECT_TRUE(warned_of("OTEL_SDK_DISABLED", "1").enabled());
  EXPECT_TRUE(samples(warned_of("OTEL_TRACES_SAMPLER", "xray"), {}, 0xff));
  EXPECT_FALSE(warned_of("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd").gzip);
  warned_of("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
  warned_of("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf");
  warned_of("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key.pem");
  EXPECT_THAT(warned_of("OTEL_RESOURCE_ATTRIBUTES", "a=1,b").resource, IsEmpty());
  good(with({{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}}));
}

// Headers are pairs with percent-encoded values; a wrong one is refused without a word of its value.
TEST(OtlpSettings, ReadsHeaders) {
  EXPECT_THAT(good(with({{"OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20a%3Db, x-tenant = 7 ,"}})).headers,
              ElementsAre(Pair("authorization", "Bearer a=b"), Pair("x-tenant", "7")));
  EXPECT_THAT(good(with({{"OTEL_EXPORTER_OTLP_HEADERS", "a=1"}, {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "b=2"}})).headers,
              ElementsAre(Pair("b", "2")));
  for (const auto* text : {"sesame", "a b=sesame", "a=sesame%0d%0aX: y", "a=sesame%zz", "Host=sesame", "=sesame",
                           "a%2Cb=sesame", "content-type=sesame", "Content-Encoding=sesame"})
    EXPECT_THAT(fault(with({{"OTEL_EXPORTER_OTLP_HEADERS", text}})),
                AllOf(StartsWith("OTEL_EXPORTER_OTLP_HEADERS"), Not(HasSubstr("sesame"))))
        << text;
}

// Samplers by their names.
TEST(OtlpSettings, ReadsSamplers) {
  const auto by = [](const char* name, const char* argument = "") {
    return good(with({{"OTEL_TRACES_SAMPLER", name}, {"OTEL_TRACES_SAMPLER_ARG", argument}}));
  };
  EXPECT_TRUE(samples(by("always_on"), parent(false), 0));
  EXPECT_FALSE(samples(by("always_off"), parent(true), 0));
  EXPECT_TRUE(samples(by("traceidratio", "0.5"), {}, 0));
  EXPECT_FALSE(samples(by("traceidratio", "0.5"), {}, 0xff));
  EXPECT_FALSE(samples(by("traceidratio", "0"), {}, 0));
  EXPECT_TRUE(samples(by("parentbased_always_off"), parent(true), 0));
  EXPECT_FALSE(samples(by("parentbased_always_off"), {}, 0));
  EXPECT_FALSE(samples(by("parentbased_traceidratio", "1"), parent(false), 0));
  EXPECT_TRUE(samples(by("parentbased_traceidratio", ""), {}, 0x7f));
}

// The name has a variable of its own, which goes before the attribute; of several values the last one counts.
TEST(OtlpSettings, ReadsTheResource) {
  const auto read = good(with({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a,k=1,k=%C3%A4"}}));
  EXPECT_EQ(read.service_name, "a");
  EXPECT_THAT(read.resource, ElementsAre(Pair("k", "ä")));
  EXPECT_EQ(good(with({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a"}, {"OTEL_SERVICE_NAME", "b"}})).service_name, "b");
  EXPECT_THAT(good(with({{"OTEL_RESOURCE_ATTRIBUTES", "k8s.pod/name=x,a%2Cb%3D=c%3Dd"}})).resource,
              ElementsAre(Pair("k8s.pod/name", "x"), Pair("a,b=", "c=d")));
}

// A small queue makes small batches, unless both are set.
TEST(OtlpSettings, ReadsTheLimits) {
  EXPECT_EQ(good(with({{"OTEL_BSP_MAX_QUEUE_SIZE", "100"}})).batch, 100U);
  const auto read = good(with({{"OTEL_BSP_MAX_QUEUE_SIZE", "100"},
                               {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "7"},
                               {"OTEL_BSP_SCHEDULE_DELAY", "50"},
                               {"OTEL_BSP_EXPORT_TIMEOUT", "0"},
                               {"OTEL_EXPORTER_OTLP_TIMEOUT", "1"},
                               {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "250"},
                               {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"}}));
  EXPECT_EQ(read.batch, 7U);
  EXPECT_EQ(read.delay, 50ms);
  EXPECT_EQ(read.export_timeout, 0ms);
  EXPECT_EQ(read.timeout, 250ms);
  EXPECT_TRUE(read.gzip);
}

// A file of authorities is read at the start.
TEST(OtlpSettings, ChecksTheCertificate) {
  const temp_dir folder;
  const auto file = folder / "ca.pem";
  std::ofstream(file) << "no certificate\n";
  for (const std::string& name : {std::string("/nowhere.pem"), std::string(file)})
    EXPECT_THAT(fault(with({{"OTEL_EXPORTER_OTLP_CERTIFICATE", name}})), StartsWith("OTEL_EXPORTER_OTLP_CERTIFICATE"));
}

}  // namespace
}  // namespace sundown::test
