// The last delivery, at the stop: whatever the collector is like, it ends in its time, and every span is sent or
// counted.
#include "otlp/fixture.hpp"

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

void expect_counts(const otlp::exporter& which, std::uint64_t sent, std::uint64_t lost) {
  EXPECT_EQ(which.counts().sent, sent);
  EXPECT_EQ(which.counts().lost, lost);
  EXPECT_EQ(which.waiting_for(), "");
}

// All that waits is delivered, what doesn't fill a batch too, and nothing waits for the delay.
TEST(SpanFlush, DeliversWhatWaits) {
  scripted_collector to;
  auto given = quick(to.url());
  given.batch = 40;
  otlp::exporter exporter(given, shop());
  take(exporter, 99);
  stopping stop(60s);
  EXPECT_GT(stop.close(exporter), 30s);
  expect_counts(exporter, 99, 0);
  EXPECT_EQ(exporter.omitted(), "");
  EXPECT_EQ(to.count(), 3U);
  // It is over: what comes now is counted.
  take(exporter, 1);
  expect_counts(exporter, 99, 1);
}

// A collector that was away before the stop gets one more try, and nobody waits longer.
TEST(SpanFlush, TriesOnceIfNobodyWasThere) {
  otlp::exporter exporter(quick(dead_url()), shop());
  metrics shown;
  exporter.show(shown, "shop");
  take(exporter, 50);
  ASSERT_TRUE(eventually(ample, [&] { return exports(shown, "unreachable") > 0; }));
  stopping stop(60s);
  EXPECT_GT(stop.close(exporter), 30s);
  expect_counts(exporter, 0, 50);
  EXPECT_THAT(exporter.omitted(), MatchesRegex("50 spans: http://127.0.0.1:[0-9]+: Connection refused"));
}

// One that takes the connection and never answers.
TEST(SpanFlush, EndsInTimeWithAFrozenCollector) {
  scripted_collector to;
  to.freeze();
  otlp::exporter exporter(quick(to.url()), shop());
  take(exporter, 50);
  ASSERT_TRUE(eventually(ample, [&] { return to.count() == 1; }));
  stopping stop(8s);
  EXPECT_GT(stop.close(exporter), 0s);
  expect_counts(exporter, 0, 50);
  EXPECT_NE(exporter.omitted(), "");
}

// One that is slow, but answers in the time that there is.
TEST(SpanFlush, WaitsForASlowCollector) {
  std::atomic<int> taken{0};
  const scripted_server to([&](peer& client, int) {
    while (!client.read_request().empty()) {
      std::this_thread::sleep_for(200ms);
      ++taken;
      if (!client.send(answer("200 OK"))) return;
    }
  });
  auto given = quick(to.url());
  given.batch = 25;
  otlp::exporter exporter(given, shop());
  take(exporter, 50);
  stopping stop(8s);
  stop.close(exporter);
  expect_counts(exporter, 50, 0);
  EXPECT_EQ(taken, 2);
}

// One that refuses for now: tried again as long as there is time, and no longer.
TEST(SpanFlush, EndsInTimeWithAnOverloadedCollector) {
  for (const auto* const status : {"429 Too Many Requests", "503 Service Unavailable"}) {
    scripted_collector to({answer(status)});
    otlp::exporter exporter(quick(to.url()), shop());
    take(exporter, 50);
    stopping stop(8s);
    EXPECT_GT(stop.close(exporter), 0s);
    expect_counts(exporter, 0, 50);
    EXPECT_THAT(exporter.omitted(), HasSubstr(std::string(status).substr(0, 3)));
    EXPECT_GE(to.count(), 2U);
  }
}

// What it rejects in the stop is told with that cause, whatever an earlier try has come to.
TEST(SpanFlush, TellsWhatIsRejected) {
  const auto rejected = [](const std::string& why) {
    return answer("200 OK", R"({"partialSuccess":{"rejectedSpans":"1")" + why + "}}");
  };
  const auto told = [](std::vector<std::string> answers) {
    scripted_collector to(std::move(answers));
    auto given = quick(to.url());
    given.batch = 64;  // none is full: they leave in the stop
    otlp::exporter exporter(given, shop());
    take(exporter, 50);
    stopping stop(8s);
    stop.close(exporter);
    return exporter.omitted();
  };
  EXPECT_THAT(told({rejected("")}), AllOf(HasSubstr("1 span: "), HasSubstr("has rejected them: without a reason")));
  EXPECT_THAT(told({answer("503 Service Unavailable"), rejected(R"(,"errorMessage":"too old")")}),
              AllOf(HasSubstr("1 span: "), HasSubstr("has rejected them: too old")));
}

// One that is back in that time has all of them.
TEST(SpanFlush, DeliversToOneThatComesBack) {
  scripted_collector to({answer("503 Service Unavailable", "{}", "Retry-After: 1\r\n"), answer("200 OK")});
  otlp::exporter exporter(quick(to.url()), shop());
  take(exporter, 50);
  stopping stop(8s);
  stop.close(exporter);
  expect_counts(exporter, 50, 0);
}

// One that asks for more time than there is isn't waited for.
TEST(SpanFlush, DoesNotWaitBeyondItsTime) {
  scripted_collector to({answer("503 Service Unavailable", "{}", "Retry-After: 300\r\n")});
  otlp::exporter exporter(quick(to.url()), shop());
  take(exporter, 50);
  ASSERT_TRUE(eventually(ample, [&] { return to.count() == 1; }));
  stopping stop(60s);
  EXPECT_GT(stop.close(exporter), 30s);
  expect_counts(exporter, 0, 50);
  EXPECT_EQ(to.count(), 1U);
}

// A stop that is told to hurry in the middle of it ends in that shorter time.
TEST(SpanFlush, HurriesWithTheStop) {
  scripted_collector to;
  to.freeze();
  otlp::exporter exporter(quick(to.url()), shop());
  take(exporter, 50);
  ASSERT_TRUE(eventually(ample, [&] { return to.count() == 1; }));
  stopping stop(60s);
  auto closing = stop.worker().start(exporter.close(stop.clock()));
  stop.clock().hurry(sundown::clock::now());
  await(std::move(closing));
  EXPECT_LT(sundown::clock::now(), stop.clock().closers_end() + ample / 2);  // by its own plan it takes 40 s
  expect_counts(exporter, 0, 50);
}

}  // namespace
}  // namespace sundown::test
