// Two services, of which the first asks the second: one trace over both, and a stop of the first in the middle.
#include "process/scenario.hpp"
#include "support/collector.hpp"
#include "support/kept_spans.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

namespace sundown::test {
namespace {

constexpr std::int64_t server_kind = 2, client_kind = 3;

/// With room for what comes while the collector or an exporter isn't scheduled.
settings named(const std::string& name, const std::string& to, settings more = {}) {
  more.insert({{"OTEL_EXPORTER_OTLP_ENDPOINT", to},
               {"OTEL_BSP_SCHEDULE_DELAY", "100"},
               {"OTEL_BSP_MAX_QUEUE_SIZE", "100000"},
               {"OTEL_SERVICE_NAME", name}});
  return more;
}

/// Clients that ask the first service until it has gone, and how they fared.
class askers {
 public:
  explicit askers(const endpoint& where) {
    for (int i = 0; i < 8; ++i) threads_.emplace_back([this, where] { run(where); });
  }
  ~askers() { join(); }

  bool go_on(std::size_t answers) { return answered_.wait_for(answered_.count() + answers, ample); }
  void join() {
    over_ = true;
    for (auto& one : threads_)
      if (one.joinable()) one.join();
  }
  std::size_t answered() const { return answered_.count(); }
  std::size_t failed() const { return failed_; }

 private:
  void run(const endpoint& where) {
    raw_client client;
    while (!over_) {
      if (!client.connected() && client.connect(where) != connecting::connected) return;
      client.send(get("/peer"));
      const auto answer = client.read_response();
      if (answer.whole() && answer.status == 200)
        answered_.add();
      else
        ++failed_;
      if (!answer.whole() || answer.says_close()) client.close();
    }
  }

  tally answered_;
  std::atomic<std::size_t> failed_{0};
  std::atomic<bool> over_{false};
  std::vector<std::thread> threads_;
};

// Each request is one trace: the span of the first service, below it that of its call, below that the one of the second
// service. The stop of the first breaks none of its calls.
TEST(OtlpChain, IsOneTraceAndSurvivesTheStop) {
  if (const auto missing = collector::missing(); !missing.empty()) GTEST_SKIP() << missing;
  collector to;
  running second(with(named("second", to.url())));
  const auto url = "http://127.0.0.1:" + std::to_string(second.http().port) + "/demo/sleep?ms=5";
  // A client that isn't scheduled between two of its requests is idle meanwhile.
  const settings given{{"SUNDOWN_DEMO__PEER", url}, {"SUNDOWN_SHUTDOWN__IDLE_GRACE", "4s"}};
  running first(with(named("first", to.url(), given)));
  askers clients(first.http());
  ASSERT_TRUE(clients.go_on(200));
  first.signal(SIGTERM);
  expect_exit(first, 0, 8s + ample / 2);
  clients.join();
  EXPECT_EQ(clients.failed(), 0U);
  second.signal(SIGTERM);
  expect_exit(second, 0, 8s + ample / 2);
  // The second service's own word: no answer of it was cut, no client of it went away.
  EXPECT_FALSE(second.process().out().contains("\"cut\":\"")) << second.log();
  EXPECT_FALSE(second.process().out().contains("\"status\":499")) << second.log();
  to.end();

  std::map<std::string, kept_span> by_id;
  for (const auto& each : to.spans()) {
    const kept_span span(each);
    by_id.emplace(span.id(), span);
  }
  std::size_t chains = 0;
  std::set<std::string> traces;
  for (const auto& [id, span] : by_id) {
    if (span.kind() != server_kind || span.attribute("url.path") != "/demo/sleep") continue;
    ASSERT_TRUE(by_id.contains(span.parent())) << "the call is not there";
    const auto& call = by_id.at(span.parent());
    EXPECT_EQ(call.kind(), client_kind);
    ASSERT_TRUE(by_id.contains(call.parent())) << "the request is not there";
    const auto& request = by_id.at(call.parent());
    EXPECT_EQ(request.kind(), server_kind);
    EXPECT_EQ(request.attribute("http.route"), "/peer");
    EXPECT_EQ(request.parent(), "");
    EXPECT_EQ(span.trace(), call.trace());
    EXPECT_EQ(span.trace(), request.trace());
    EXPECT_LE(request.begin(), call.begin());
    EXPECT_GE(request.end(), call.end());
    traces.insert(span.trace());
    ++chains;
  }
  EXPECT_EQ(chains, clients.answered());
  EXPECT_EQ(traces.size(), chains);
}

}  // namespace
}  // namespace sundown::test
