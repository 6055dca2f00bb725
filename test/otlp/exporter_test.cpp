// Spans on their way to a collector while the service serves.
#include "otlp/fixture.hpp"

#include <boost/beast/zlib/inflate_stream.hpp>
#include <boost/json.hpp>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string body_of(const std::string& request) { return request.substr(request.find("\r\n\r\n") + 4); }

std::vector<std::string> names_in(const std::string& body) {
  std::vector<std::string> names;
  const auto sent = boost::json::parse(body);
  for (const auto& span : sent.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans").as_array())
    names.emplace_back(span.at("name").as_string());
  return names;
}

std::string attribute(const boost::json::value& sent, std::string_view key) {
  for (const auto& each : sent.at("resourceSpans").at(0).at("resource").at("attributes").as_array())
    if (each.at("key").as_string() == key) return boost::json::serialize(each.at("value"));
  return {};
}

/// Raw deflate between the head and the tail of gzip, whose length is checked.
std::string unzipped(const std::string& member) {
  namespace zlib = boost::beast::zlib;
  std::string out(1 << 20, '\0');
  zlib::inflate_stream stream;
  zlib::z_params io;
  io.next_in = member.data() + 10;
  io.avail_in = member.size() - 18;
  io.next_out = out.data();
  io.avail_out = out.size();
  boost::system::error_code ec;
  stream.write(io, zlib::Flush::finish, ec);
  EXPECT_EQ(ec, zlib::error::end_of_stream);
  out.resize(io.total_out);
  return out;
}

// A complete batch leaves at once, as one request of OTLP/JSON: the process as the resource, the library as the scope,
// the spans as they came.
TEST(SpanExporter, SendsABatchAsOneRequest) {
  scripted_collector to;
  auto given = quick(to.url());
  given.resource = {{"deployment.environment.name", "test \"1\""}, {"service.version", "9"}};
  given.headers = {{"X-Tenant", "a b"}};
  otlp::exporter exporter(given, shop());
  take(exporter, 2);
  ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().sent == 2; }));
  ASSERT_EQ(to.count(), 1U);
  const auto request = to.requests()[0];
  EXPECT_THAT(request, StartsWith("POST /v1/traces HTTP/1.1\r\n"));
  EXPECT_THAT(request, AllOf(HasSubstr("Content-Type: application/json\r\n"), HasSubstr("X-Tenant: a b\r\n"),
                             Not(HasSubstr("Content-Encoding"))));
  EXPECT_EQ(names_in(body_of(request)), (std::vector<std::string>{"s0", "s1"}));
  const auto sent = boost::json::parse(body_of(request));
  EXPECT_EQ(attribute(sent, "service.name"), R"({"stringValue":"shop"})");
  EXPECT_EQ(attribute(sent, "service.version"), R"({"stringValue":"9"})");
  EXPECT_EQ(attribute(sent, "deployment.environment.name"), R"({"stringValue":"test \"1\""})");
  EXPECT_EQ(attribute(sent, "process.pid"), R"({"intValue":")" + std::to_string(::getpid()) + "\"}");
  EXPECT_EQ(attribute(sent, "telemetry.sdk.language"), R"({"stringValue":"cpp"})");
  for (const auto* key : {"service.instance.id", "host.name", "telemetry.sdk.name", "telemetry.sdk.version"})
    EXPECT_NE(attribute(sent, key), "") << key;
}

// What doesn't fill a batch leaves when the delay is over, also the first time.
TEST(SpanExporter, SendsAPartAfterTheDelay) {
  scripted_collector to;
  auto given = quick(to.url());
  given.batch = 50;
  given.delay = 100ms;
  const auto begun = sundown::clock::now();
  otlp::exporter exporter(given, shop());
  take(exporter, 3);
  ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().sent == 3; }));
  EXPECT_GE(between(begun, sundown::clock::now()), given.delay);
  EXPECT_EQ(exporter.counts().lost, 0U);
}

// One request is under way at a time, and what finds no room meanwhile is lost: nobody waits for it.
TEST(SpanExporter, HasABoundedQueue) {
  scripted_collector to;
  to.freeze();
  auto given = quick(to.url());
  given.queue = 10;
  otlp::exporter exporter(given, shop());
  take(exporter, 2);
  ASSERT_TRUE(eventually(ample, [&] { return to.count() == 1; }));
  const auto begun = sundown::clock::now();
  take(exporter, 10'000);
  EXPECT_LT(between(begun, sundown::clock::now()), ample / 2);  // until `ample` nothing is answered
  EXPECT_EQ(exporter.waiting_for(), "12 spans");
  EXPECT_EQ(to.count(), 1U);
  to.release();
  ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().sent == 12; }));
  EXPECT_EQ(exporter.counts().lost, 9990U);
  EXPECT_EQ(to.count(), 6U);
}

// A collector that is overloaded gets the same batch again; it counts once.
TEST(SpanExporter, TriesAgain) {
  scripted_collector to({answer("503 Service Unavailable"), answer("429 Too Many Requests"), answer("200 OK")});
  otlp::exporter exporter(quick(to.url()), shop());
  take(exporter, 2);
  ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().sent == 2; }));
  const auto requests = to.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0], requests[2]);
}

// So does one that has cut the connection.
TEST(SpanExporter, TriesAgainOnAnotherConnection) {
  std::atomic<int> taken{0};
  const scripted_server to([&](peer& client, int connection) {
    if (connection == 0) return client.reset();
    while (!client.read_request().empty()) {
      ++taken;
      if (!client.send(answer("200 OK"))) return;
    }
  });
  otlp::exporter exporter(quick(to.url()), shop());
  take(exporter, 2);
  ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().sent == 2; }));
  EXPECT_EQ(taken, 1);
}

// It is left alone for as long as it says.
TEST(SpanExporter, WaitsAsLongAsTheCollectorSays) {
  scripted_collector to({answer("429 Too Many Requests", "{}", "Retry-After: 2\r\n"), answer("200 OK")});
  const auto begun = sundown::clock::now();
  otlp::exporter exporter(quick(to.url()), shop());
  take(exporter, 2);
  ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().sent == 2; }));
  EXPECT_GE(between(begun, sundown::clock::now()), 2s);
  EXPECT_EQ(to.count(), 2U);
}

// Longer than a batch may take: that batch is lost, and the next one waits in the queue.
TEST(SpanExporter, LeavesTheCollectorAlone) {
  scripted_collector to({answer("503 Service Unavailable", "{}", "Retry-After: 3\r\n"), answer("200 OK")});
  auto given = quick(to.url());
  given.export_timeout = 3s;  // and some of it is over when the collector has answered
  const auto begun = sundown::clock::now();
  otlp::exporter exporter(given, shop());
  take(exporter, 4);
  ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().sent == 2; }));
  EXPECT_GE(between(begun, sundown::clock::now()), 3s);
  EXPECT_EQ(exporter.waiting_for(), "");
  EXPECT_EQ(exporter.counts().lost, 2U);
  EXPECT_EQ(to.count(), 2U);
}

// What it refuses for good is lost, and no second try is made of it.
TEST(SpanExporter, DropsWhatIsRefused) {
  scripted_collector to({answer("400 Bad Request", R"({"code":3,"message":"no such tenant"})"), answer("200 OK")});
  otlp::exporter exporter(quick(to.url()), shop());
  take(exporter, 2);
  ASSERT_TRUE(eventually(ample, [&] { return exporter.waiting_for().empty(); }));
  EXPECT_EQ(exporter.counts().lost, 2U);
  take(exporter, 2);
  ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().sent == 2; }));
  EXPECT_EQ(to.count(), 2U);
}

// Of a batch that it takes in part the rest is lost (partial success).
TEST(SpanExporter, CountsWhatIsRejected) {
  scripted_collector to({answer("200 OK", R"({"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}})")});
  otlp::exporter exporter(quick(to.url()), shop());
  take(exporter, 2);
  ASSERT_TRUE(eventually(ample, [&] { return exporter.waiting_for().empty(); }));
  EXPECT_EQ(exporter.counts().sent, 1U);
  EXPECT_EQ(exporter.counts().lost, 1U);
}

// 200 says that the batch has arrived, however long the answer's body is: it isn't sent again, and the next one leaves.
TEST(SpanExporter, TakesTheStatusOfALargeAnswer) {
  scripted_collector to({answer("200 OK", std::string(1 << 20, ' '))});
  otlp::exporter exporter(quick(to.url()), shop());
  metrics shown;
  exporter.show(shown, "shop");
  for (const std::size_t batches : {1U, 2U}) {
    take(exporter, 2);
    ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().sent == 2 * batches; }));
    EXPECT_EQ(to.count(), batches);
  }
  EXPECT_EQ(exporter.counts().lost, 0U);
  EXPECT_EQ(exports(shown, "unreachable"), 0);
}

// A batch is given up when its time is over, and the next one has its own.
TEST(SpanExporter, GivesUpInTime) {
  scripted_collector to({answer("503 Service Unavailable"), answer("200 OK")});
  auto given = quick(to.url());
  given.export_timeout = 1ms;  // shorter than any pause
  otlp::exporter exporter(given, shop());
  take(exporter, 2);
  ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().lost == 2 && exporter.waiting_for().empty(); }));
}

// A collector that takes no answer's time is given up too, and tried again.
TEST(SpanExporter, LimitsEachTry) {
  scripted_collector to;
  to.freeze();
  auto given = quick(to.url());
  given.timeout = slack(250ms);
  otlp::exporter exporter(given, shop());
  take(exporter, 2);
  ASSERT_TRUE(eventually(ample, [&] { return to.count() >= 2; }));
  to.release();
  ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().sent == 2; }));
}

// gzip: a member that unpacks to the same JSON.
TEST(SpanExporter, CompressesIfAsked) {
  scripted_collector to;
  auto given = quick(to.url());
  given.gzip = true;
  given.batch = 64;
  otlp::exporter exporter(given, shop());
  take(exporter, 64);
  ASSERT_TRUE(eventually(ample, [&] { return exporter.counts().sent == 64; }));
  const auto request = to.requests()[0];
  EXPECT_THAT(request, HasSubstr("Content-Encoding: gzip\r\n"));
  const auto body = body_of(request);
  EXPECT_THAT(body, StartsWith("\x1f\x8b\x08"));
  const auto text = unzipped(body);
  EXPECT_EQ(names_in(text).size(), 64U);
  EXPECT_LT(body.size(), text.size() / 2);
}

// An exporter that goes without a stop, as one of a start that has failed, waits for nobody.
TEST(SpanExporter, EndsWithoutAStop) {
  scripted_collector to;
  to.freeze();
  auto begun = sundown::clock::now();
  {
    otlp::exporter exporter(quick(to.url()), shop());
    take(exporter, 5);
    ASSERT_TRUE(eventually(ample, [&] { return to.count() == 1; }));
    begun = sundown::clock::now();
  }
  EXPECT_LT(between(begun, sundown::clock::now()), ample / 2);
}

}  // namespace
}  // namespace sundown::test
