// What a span says of itself when it ends, and which spans are sent at all.
#include <sundown/trace.hpp>
#include "support/kept_spans.hpp"
#include "trace/url.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace sundown::trace {
namespace {

using namespace std::chrono_literals;
using test::kept_spans;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const auto outside = context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "congo=t61\"rc\\W");
const auto outside_unsampled = context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");

TEST(Span, SaysWhatItIs) {
  kept_spans sent;
  const tracer traces(sent);
  {
    auto span = traces.receive("GET /orders/{id}", kind::server, outside, clock::now());
    EXPECT_TRUE(span.recording());
    span.set("http.request.method", "GET")
        .set("http.response.status_code", 200)
        .set("ratio", 0.25)
        .set("cached", true)
        .set("least", std::numeric_limits<std::int64_t>::min())
        .set("text", std::string("of a string"));
    span.event("half way");
    span.fail("the store is down");
    EXPECT_EQ(sent.size(), 0U) << "it hasn't ended";
  }
  ASSERT_EQ(sent.size(), 1U);
  const auto span = sent.all().front();
  EXPECT_EQ(span.trace(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(span.parent(), "00f067aa0ba902b7");
  EXPECT_EQ(span.id().size(), 16U);
  EXPECT_NE(span.id(), span.parent());
  EXPECT_EQ(span.name(), "GET /orders/{id}");
  EXPECT_EQ(span.kind(), 2);
  EXPECT_LE(span.begin(), span.end());
  EXPECT_EQ(span.text("traceState"), "congo=t61\"rc\\W");
  EXPECT_EQ(span.object().at("flags").as_int64(), 0x301) << "sampled, and its parent is known to be elsewhere";
  EXPECT_EQ(span.attribute("http.request.method"), "GET");
  EXPECT_EQ(span.attribute("http.response.status_code"), "200");
  EXPECT_EQ(span.attribute("ratio"), "2.5E-1");
  EXPECT_EQ(span.attribute("cached"), "true");
  EXPECT_EQ(span.attribute("least"), "-9223372036854775808");
  EXPECT_EQ(span.attribute("text"), "of a string");
  const auto& attributes = span.object().at("attributes").as_array();
  EXPECT_TRUE(attributes.at(1).at("value").at("intValue").is_string()) << "ProtoJSON writes 64 bits as text";
  EXPECT_TRUE(attributes.at(2).at("value").at("doubleValue").is_number());
  EXPECT_TRUE(attributes.at(3).at("value").at("boolValue").is_bool());
  EXPECT_TRUE(span.failed());
  EXPECT_EQ(span.object().at("status").at("message").as_string(), "the store is down");
  EXPECT_EQ(span.object().at("events").as_array().at(0).at("name").as_string(), "half way");
}

TEST(Span, IsLeanWithoutAttributes) {
  kept_spans sent;
  const tracer traces(sent);
  traces.start("tidy").end();
  const auto span = sent.named("tidy");
  EXPECT_THAT(span.object().at("attributes").as_array(), IsEmpty());
  EXPECT_THAT(span.parent(), IsEmpty());
  EXPECT_FALSE(span.failed());
  EXPECT_FALSE(span.object().contains("events"));
  EXPECT_FALSE(span.object().contains("traceState"));
  EXPECT_EQ(span.object().at("flags").as_int64(), 0x103) << "the id is random";
}

// Any bytes: the text stays JSON, and a reader gets what was meant.
TEST(Span, EscapesWhateverItIsCalled) {
  kept_spans sent;
  const tracer traces(sent);
  std::string every_byte;
  for (int c = 0; c < 128; ++c) every_byte += static_cast<char>(c);
  auto span = traces.start(every_byte);
  span.set(every_byte, every_byte).set("broken", "a\xff\xc3(\xed\xa0\x80").set("wide", "ä€𝄞");
  span.event(every_byte);
  span.fail(every_byte);
  span.end();
  const auto read = sent.all().front();
  EXPECT_EQ(read.name(), every_byte);
  EXPECT_EQ(read.attribute(every_byte), every_byte);
  EXPECT_EQ(read.attribute("wide"), "ä€𝄞");
  EXPECT_THAT(read.attribute("broken"), HasSubstr("a\xef\xbf\xbd\xef\xbf\xbd("));
  EXPECT_EQ(read.object().at("status").at("message").as_string(), every_byte);
}

// Each length takes another way through the words of eight bytes.
TEST(Span, KeepsTextsOfEveryLength) {
  kept_spans sent;
  const tracer traces(sent);
  for (std::size_t length = 0; length < 40; ++length) {
    auto span = traces.start(std::string(length, 'n'));
    const auto text = std::string(length, 'a') + " b";
    span.set("text", text).set("quoted", text + '"');
    span.end();
    const auto read = sent.all().back();
    EXPECT_EQ(read.name(), std::string(length, 'n'));
    EXPECT_EQ(read.attribute("text"), text);
    EXPECT_EQ(read.attribute("quoted"), text + '"');
  }
}

TEST(Span, WritesNumbersThatJsonHasNot) {
  kept_spans sent;
  const tracer traces(sent);
  traces.start("numbers").set("nan", std::nan("")).set("more", HUGE_VAL).set("less", -HUGE_VAL);
  const auto span = sent.named("numbers");
  EXPECT_EQ(span.attribute("nan"), "NaN");
  EXPECT_EQ(span.attribute("more"), "Infinity");
  EXPECT_EQ(span.attribute("less"), "-Infinity");
}

// 64 KiB, escapes included; what is too much is counted.
TEST(Span, IsBounded) {
  kept_spans sent;
  const tracer traces(sent);
  auto span = traces.start("long");
  span.set("whole", std::string(30 << 10, 'a'))
      .set("too long", std::string(70 << 10, 'a'))
      .set("too long by its escapes", std::string(30 << 10, '\x01'))
      .set("small", "fits");
  for (int i = 0; i < 10'000; ++i) span.event("an event of which there are many");
  span.end();
  const auto read = sent.named("long");
  EXPECT_EQ(read.attribute("whole").size(), 30U << 10);
  EXPECT_EQ(read.attribute("small"), "fits");
  EXPECT_THAT(read.attribute("too long"), IsEmpty());
  EXPECT_THAT(read.attribute("too long by its escapes"), IsEmpty());
  EXPECT_EQ(read.object().at("droppedAttributesCount").as_int64(), 2);
  EXPECT_LT(boost::json::serialize(read.object()).size(), 160U << 10);
  // The next one begins anew.
  traces.start("next").end();
  EXPECT_FALSE(sent.named("next").object().contains("droppedAttributesCount"));
}

TEST(Span, EndsOnceAndIsAParentStill) {
  kept_spans sent;
  const tracer traces(sent);
  auto span = traces.start("above");
  span.end();
  EXPECT_FALSE(span.recording());
  span.set("late", 1);
  span.rename("late");
  span.end();
  EXPECT_EQ(sent.size(), 1U);
  span.child("below").end();
  span = {};
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent.named("below").parent(), sent.named("above").id());
  EXPECT_EQ(sent.named("below").trace(), sent.named("above").trace());
}

TEST(Span, IsMovedWithoutASecondEnd) {
  kept_spans sent;
  const tracer traces(sent);
  auto first = traces.start("first");
  auto second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): what is left is an empty one
  second = traces.start("second");
  EXPECT_EQ(sent.size(), 1U) << "the first one has ended";
  auto& itself = second;
  second = std::move(itself);
  EXPECT_TRUE(second.recording());
}

TEST(Span, MayHaveBegunAndEndedBefore) {
  kept_spans sent;
  const tracer traces(sent);
  const auto began = clock::now() - 10s;
  auto span = traces.start("stop", kind::internal, {}, began);
  traces.record("step", kind::internal, span.where(), began + 1s, began + 3s);
  span.child("part", kind::internal, began + 1s).end(began + 2s);
  span.end(began + 4s);
  const auto duration = [&](const char* name) { return sent.named(name).end() - sent.named(name).begin(); };
  EXPECT_EQ(duration("stop"), 4'000'000'000U);
  EXPECT_EQ(duration("step"), 2'000'000'000U);
  EXPECT_EQ(duration("part"), 1'000'000'000U);
  EXPECT_EQ(sent.named("part").begin() - sent.named("stop").begin(), 1'000'000'000U);
  const std::chrono::nanoseconds since_1970 = std::chrono::system_clock::now().time_since_epoch();
  const auto now = static_cast<std::uint64_t>(since_1970.count());
  EXPECT_NEAR(static_cast<double>(now - sent.named("stop").begin()), 10e9, 5e9) << "since 1970";
  EXPECT_EQ(sent.named("step").parent(), sent.named("stop").id());
}

TEST(Span, NeverEndsBeforeItsBegin) {
  kept_spans sent;
  const tracer traces(sent);
  const auto now = clock::now();
  traces.record("backwards", kind::internal, {}, now, now - 1s);
  EXPECT_EQ(sent.named("backwards").begin(), sent.named("backwards").end());
}

TEST(Span, IsNothingWhileTracingIsOff) {
  const tracer off;
  EXPECT_TRUE(off.off());
  auto span = off.receive("GET", kind::server, outside, clock::now());
  EXPECT_FALSE(span);
  EXPECT_FALSE(span.recording());
  span.set("a", 1).set("b", "c");
  span.fail();
  span.event("e");
  EXPECT_FALSE(span.child("below"));
  EXPECT_FALSE(span.where());
  span.end();
}

TEST(Span, IsLostWithoutItsSink) {
  kept_spans sent;
  tracer traces(sent);
  auto span = traces.start("late");
  traces.send_nowhere();
  span.end();
  EXPECT_EQ(sent.size(), 0U);
}

TEST(Span, MayOutliveItsTracer) {
  kept_spans sent;
  span late;
  parent above;
  {
    const tracer traces(sent);
    late = traces.start("late");
    above = late;
  }
  above.child("below").set("a", 1);
  late.end();
  EXPECT_EQ(sent.size(), 0U);
}

TEST(Parent, HasChildrenWhenItsSpanHasEnded) {
  kept_spans sent;
  const tracer traces(sent);
  parent above;
  EXPECT_FALSE(above);
  EXPECT_FALSE(above.child("of nothing"));
  {
    const auto span = traces.start("above");
    above = span;
  }
  std::jthread([above] { above.child("below").end(); }).join();
  EXPECT_EQ(sent.named("below").parent(), sent.named("above").id());
  EXPECT_EQ(sent.named("below").trace(), sent.named("above").trace());
  EXPECT_FALSE(parent(span()));
}

task<result<int>> answers_with(result<int> outcome) { co_return outcome; }

// The span of a call ends with it, and says how.
TEST(Within, SaysWhatBecameOfTheCall) {
  kept_spans sent;
  const tracer traces(sent);
  const auto above = traces.start("above");
  const auto run = [&](result<int> outcome) {
    boost::asio::io_context context(1);
    auto call = within(database_call(above, "sqlite", "SELECT", "orders"), answers_with(std::move(outcome)));
    auto came = boost::asio::co_spawn(context.get_executor(), std::move(call), boost::asio::use_future);
    context.run();
    return came.get();
  };
  EXPECT_EQ(run(7).value(), 7);
  EXPECT_EQ(run(error{errc::not_found, "no such order"}).error().code, errc::not_found);
  EXPECT_EQ(run(error{errc::timed_out, "the disk"}).error().code, errc::timed_out);
  const auto all = sent.all();
  ASSERT_EQ(all.size(), 3U);
  for (const auto& each : all) {
    EXPECT_EQ(each.name(), "SELECT orders");
    EXPECT_EQ(each.kind(), 3);
    EXPECT_EQ(each.attribute("db.system.name"), "sqlite");
    EXPECT_EQ(each.attribute("db.operation.name"), "SELECT");
    EXPECT_EQ(each.attribute("db.collection.name"), "orders");
    EXPECT_EQ(each.parent(), std::string_view(above.where().span_text()));
  }
  EXPECT_EQ(all[0].attribute("error.type"), "");
  EXPECT_EQ(all[1].attribute("error.type"), "not_found");
  EXPECT_FALSE(all[1].failed()) << "it is an answer";
  EXPECT_EQ(all[2].attribute("error.type"), "timed_out");
  EXPECT_TRUE(all[2].failed());
}

// What isn't known, or isn't there, has no attribute.
TEST(DatabaseCall, SaysWhichDatabaseItIs) {
  kept_spans sent;
  const tracer traces(sent);
  const auto above = traces.start("above");
  database_call(above, database_address("mongodb", "shop", "db.example", 27018), "find", "orders");
  database_call(above, database_address("redis", "3", "/run/redis.sock"), "GET");
  database_call(above, database_address("sqlite", ""), "SELECT", "orders");
  EXPECT_FALSE(database_call(parent(), database_address("sqlite", "a.db"), "SELECT"));
  const auto mongo = sent.named("find orders"), redis = sent.named("GET"), sqlite = sent.named("SELECT orders");
  EXPECT_EQ(mongo.attribute("db.system.name"), "mongodb");
  EXPECT_EQ(mongo.attribute("db.namespace"), "shop");
  EXPECT_EQ(mongo.attribute("db.operation.name"), "find");
  EXPECT_EQ(mongo.attribute("db.collection.name"), "orders");
  EXPECT_EQ(mongo.attribute("server.address"), "db.example");
  EXPECT_EQ(mongo.attribute("server.port"), "27018");
  EXPECT_EQ(redis.attribute("db.namespace"), "3");
  EXPECT_EQ(redis.attribute("server.address"), "/run/redis.sock");
  EXPECT_EQ(redis.attribute("server.port"), "");
  EXPECT_EQ(sqlite.attribute("db.namespace"), "");
  EXPECT_EQ(sqlite.attribute("server.address"), "");
}

TEST(Urls, HaveNoSignatures) {
  EXPECT_EQ(without_signatures("https://a.example/b?c=d&sig=s&e=f&Signature=t"),
            "https://a.example/b?c=d&sig=REDACTED&e=f&Signature=REDACTED");
  EXPECT_EQ(without_signatures("sig="), "sig=REDACTED");
  EXPECT_EQ(without_signatures("sig&a"), "sig&a");
  EXPECT_EQ(without_signatures("?X-Amz-Signature=s"), "?X-Amz-Signature=REDACTED");
  EXPECT_EQ(without_signatures("mysig=a&sig=b=c&"), "mysig=a&sig=REDACTED&");
  EXPECT_EQ(without_signatures(""), "");
}

// What isn't sampled here may be known to the next service.
TEST(Span, PassesOnWhatIsNotSampled) {
  kept_spans sent;
  const tracer traces(sent);
  const auto span = traces.receive("GET", kind::server, outside_unsampled, clock::now());
  EXPECT_TRUE(span);
  EXPECT_TRUE(span.from_outside());
  EXPECT_FALSE(span.recording());
  const auto below = span.child("below", kind::client);
  EXPECT_FALSE(below.recording());
  const std::string passed_on(std::string_view(below.traceparent()));
  EXPECT_THAT(passed_on, ::testing::StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
  EXPECT_THAT(passed_on, ::testing::EndsWith("-00"));
  EXPECT_NE(below.where().span(), span.where().span());
}

TEST(Span, NothingOfWhatIsNotSampledIsSent) {
  kept_spans sent;
  const tracer traces(sent);
  {
    const auto span = traces.receive("GET", kind::server, outside_unsampled, clock::now());
    span.child("below").set("a", 1);
  }
  EXPECT_EQ(sent.size(), 0U);
}

TEST(Sampler, GoesByTheParentIfItIsToldTo) {
  const trace_id id{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  EXPECT_TRUE(sampler::always_on().samples(outside_unsampled, id));
  EXPECT_FALSE(sampler::always_off().samples(outside, id));
  EXPECT_TRUE(sampler::parent_based(sampler::always_off()).samples(outside, id));
  EXPECT_FALSE(sampler::parent_based(sampler::always_on()).samples(outside_unsampled, id));
  EXPECT_TRUE(sampler::parent_based(sampler::always_on()).samples({}, id));
  EXPECT_FALSE(sampler::parent_based(sampler::always_off()).samples({}, id));
}

TEST(Sampler, TakesRatiosOfAnyNumber) {
  trace_id highest, lowest{};
  highest.fill(0xff);
  for (const double all : {1.0, 2.0, HUGE_VAL}) EXPECT_TRUE(sampler::ratio(all).samples({}, highest)) << all;
  for (const double none : {0.0, -1.0, -HUGE_VAL, std::nan("")}) EXPECT_FALSE(sampler::ratio(none).samples({}, lowest));
  EXPECT_TRUE(sampler::ratio(1e-9).samples({}, lowest));
  EXPECT_FALSE(sampler::ratio(1 - 1e-9).samples({}, highest));
}

// So services that sample the same part sample the same traces: by what OpenTelemetry's SDKs go by too.
TEST(Sampler, GoesByTheTraceIdsLowerEightBytes) {
  trace_id half{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  EXPECT_TRUE(sampler::ratio(0.5).samples({}, half));
  half[8] = 0x80;
  EXPECT_FALSE(sampler::ratio(0.5).samples({}, half));
}

class SampledPart : public ::testing::TestWithParam<double> {};

// Within five standard deviations: a wrong part of a thousandth is found, and a right one fails once in a million runs.
TEST_P(SampledPart, IsWhatItWasTold) {
  kept_spans sent;
  const tracer traces(sent, sampler::parent_based(sampler::ratio(GetParam())));
  constexpr int all = 200'000;
  int sampled = 0;
  for (int i = 0; i < all; ++i) {
    const auto span = traces.start("counted");
    sampled += span.recording() ? 1 : 0;
    if (i == 100) {
      EXPECT_EQ(span.child("below").recording(), span.recording());
    }
  }
  EXPECT_NEAR(sampled, all * GetParam(), 5 * std::sqrt(all * GetParam() * (1 - GetParam())) + 1);
}

INSTANTIATE_TEST_SUITE_P(All, SampledPart, ::testing::Values(0.0, 0.01, 0.1, 0.5, 1.0));

// Threads have generators of their own, which know nothing of each other.
TEST(TraceIds, AreUniqueAcrossThreads) {
  kept_spans sent;
  const tracer traces(sent, sampler::always_off());
  constexpr int each = 20'000, threads = 8;
  std::vector<std::vector<context>> made(threads);
  {
    std::vector<std::jthread> running;
    for (auto& mine : made) {
      running.emplace_back([&traces, &mine] {
        for (int i = 0; i < each; ++i) mine.push_back(traces.start("one").where());
      });
    }
  }
  std::set<trace_id> traces_seen;
  std::set<span_id> spans_seen;
  for (const auto& mine : made) {
    for (const auto& place : mine) {
      traces_seen.insert(place.trace());
      spans_seen.insert(place.span());
    }
  }
  EXPECT_THAT(traces_seen, SizeIs(each * threads));
  EXPECT_THAT(spans_seen, SizeIs(each * threads));
}

// Begun on one thread, ended on another, which gets the record; and the thread's end with spans that it leaves behind.
TEST(Span, MayEndOnAnotherThread) {
  kept_spans sent;
  const tracer traces(sent);
  std::vector<span> left(100);
  std::jthread([&] {
    for (auto& each : left) each = traces.start("left");
  }).join();
  std::jthread([taken = std::move(left)] {}).join();
  EXPECT_EQ(sent.size(), 100U);
}

}  // namespace
}  // namespace sundown::trace
