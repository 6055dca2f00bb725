// The webhook of the notes: kill -9, stops and a receiver that dies, and no acknowledged note's event is lost.
#include "http_client/receiver.hpp"
#include "process/scenario.hpp"
#include "process/stop_report.hpp"
#include "support/mongo_server.hpp"
#include "support/random.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Clients that create notes, and replace and delete some of them, until the service refuses them. They keep the ids
/// that the events of all acknowledged writes must have.
class changing {
 public:
  explicit changing(const endpoint& where, int clients = 8) {
    for (int i = 0; i < clients; ++i) threads_.emplace_back([this, where, i] { change(where, i); });
  }
  ~changing() { join(); }

  bool wait_for(std::size_t acknowledged) const { return count_.wait_for(acknowledged, 6 * ample); }
  std::set<std::string> acknowledged() {
    join();
    return events_;
  }
  /// Statuses that are no success.
  std::vector<int> refusals() {
    join();
    return refusals_;
  }

 private:
  void join() {
    for (auto& each : threads_)
      if (each.joinable()) each.join();
  }

  void change(const endpoint& where, int number) {
    raw_client client;
    if (client.connect(where) != connecting::connected) return;
    for (int i = number;; ++i) {
      const auto id = write(client, "POST", "/v1/notes", 1);
      if (id.empty()) return;
      if (i % 3 != 0 && write(client, "PUT", "/v1/notes/" + id, 2).empty()) return;
      if (i % 3 == 1 && write(client, "DELETE", "/v1/notes/" + id, 3).empty()) return;
    }
  }

  /// The note's id; "" once there is no answer, or another one than a success.
  std::string write(raw_client& client, const std::string& method, const std::string& target, int version) {
    const auto body = method == "DELETE" ? "" : R"({"title":"t","body":"b"})";
    if (client.send(post(target, body, "application/json", method)) != sending::sent) return {};
    const auto answer = client.read_response();
    if (!answer.whole()) return {};
    const std::lock_guard lock(mutex_);
    if (answer.status / 100 != 2) {
      refusals_.push_back(answer.status);
      return {};
    }
    const auto path = version == 1 ? answer.field("location").value_or("") : target;
    const auto id = path.substr(path.rfind('/') + 1);
    events_.insert(id + '-' + std::to_string(version));
    count_.add();
    return answer.says_close() ? std::string() : id;
  }

  tally count_;
  std::mutex mutex_;
  std::set<std::string> events_;
  std::vector<int> refusals_;
  std::vector<std::thread> threads_;
};

struct kept_in {
  std::string name;
  std::size_t writes;  ///< in a run, over all of its kills

  friend void PrintTo(const kept_in& chosen, std::ostream* out) { *out << chosen.name; }
};

class Webhook : public testing::TestWithParam<kept_in> {
 protected:
  void SetUp() override {
    if (GetParam().name != "mongodb") return;
    if (const auto why = mongo_server::missing(); !why.empty()) GTEST_SKIP() << why;
    mongo.emplace();
  }

  service_options options(settings more = {}) {
    more.emplace("SUNDOWN_NOTES__WEBHOOK__URL", "http://" + between.text() + "/hook");
    more.emplace("SUNDOWN_NOTES__WEBHOOK__TIMEOUT", "500ms");
    more.emplace("SUNDOWN_NOTES__WEBHOOK__LEASE", mongo ? "6s" : "2s");
    more.emplace("SUNDOWN_NOTES__WEBHOOK__RETRY_MAX", "100ms");
    if (mongo) {
      more.emplace("SUNDOWN_STORAGE__MONGODB__URI", mongo->uri());
      more.emplace("SUNDOWN_STORAGE__MONGODB__TIMEOUT", "10s");  // FerretDB reads all notes to find those that are due
    }
    return sample(with(std::move(more)));
  }

  /// All of them have come, and of each note in order.
  void expect_delivered(const std::set<std::string>& expected) {
    const auto missing = [&] {
      const auto came = there.distinct();
      std::vector<std::string> left;
      std::set_difference(expected.begin(), expected.end(), came.begin(), came.end(), std::back_inserter(left));
      return left;
    };
    eventually(6 * ample, [&] { return missing().empty(); });
    EXPECT_THAT(missing(), IsEmpty()) << "of " << expected.size();
    EXPECT_THAT(there.malformed(), IsEmpty());
    std::map<std::string, int> last;
    std::set<std::string> seen;
    for (const auto& id : there.accepted()) {
      if (!seen.insert(id).second) continue;
      const auto dash = id.rfind('-');
      const int version = std::stoi(id.substr(dash + 1));
      EXPECT_EQ(std::exchange(last[id.substr(0, dash)], version), version - 1) << id;
    }
  }

  std::optional<mongo_server> mongo;
  receiver there;
  fault_proxy between{{"127.0.0.1", there.port()}};
};

// kill -9 at random moments of so many writes, and a receiver that dies and comes back, or whose answers are lost:
// every event of an acknowledged write arrives, in order. SUNDOWN_TEST_SEED makes it another run,
// SUNDOWN_TEST_ROUNDS=100 one of ten times as many writes.
TEST_P(Webhook, KillLosesNoEvent) {
  random_source random(18);
  const auto each = GetParam().writes / 10, writes = each * random_source::rounds(10);
  running app(options());
  std::set<std::string> expected;
  std::size_t kills = 0;
  for (; expected.size() < writes && !HasFailure(); ++kills) {
    SCOPED_TRACE(kills);
    changing load(app.http());
    const auto at = 1 + random.below(2 * each - 1);
    const auto fault = random.below(4);
    EXPECT_TRUE(load.wait_for(1 + at / 2));
    if (fault == 1) between.refuse();
    if (fault == 2) between.cut_answer_after(random.below(20));
    if (fault == 3) between.cut();
    EXPECT_TRUE(load.wait_for(at));
    app.signal(SIGKILL);
    const auto end = app.wait_exit();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->signal, SIGKILL);
    expected.merge(load.acknowledged());
    EXPECT_THAT(load.refusals(), IsEmpty());
    if (random.one_in(2)) between.pass();
    app.restart();
    app.must_be_ready();
  }
  between.pass();
  expect_delivered(expected);
  std::printf("%zu writes, %zu kills: %zu deliveries of %zu events\n", expected.size(), kills, there.accepted().size(),
              there.distinct().size());
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(3s));
}

// SIGTERM at random moments: exit code 0, and nothing is lost, whether the receiver is there or not.
TEST_P(Webhook, StopLosesNoEvent) {
  random_source random(81);
  running app(options());
  std::set<std::string> expected;
  for (int stop = 0; stop < 6; ++stop) {
    SCOPED_TRACE(stop);
    changing load(app.http());
    const bool away = stop % 2 == 1;
    EXPECT_TRUE(load.wait_for(1 + random.below(100)));
    if (away) stop % 4 == 1 ? between.refuse() : between.blackhole();
    EXPECT_TRUE(load.wait_for(150));
    app.signal(SIGTERM);
    expect_exit(app, 0, slack(3s));
    expected.merge(load.acknowledged());
    EXPECT_THAT(load.refusals(), IsEmpty());
    const auto report = report_of(app);
    EXPECT_EQ(report.exit_code, 0);
    EXPECT_THAT(report.text, HasSubstr(R"({"name":"webhook outbox","result":"closed")"));
    if (away) {
      EXPECT_THAT(report.text, HasSubstr(" subjects, which stay in the store until they are delivered"));
    }
    between.pass();
    app.restart();
    app.must_be_ready();
  }
  expect_delivered(expected);
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(3s));
}

INSTANTIATE_TEST_SUITE_P(All, Webhook, testing::Values(kept_in{"sqlite", 10'000}, kept_in{"mongodb", 600}),
                         [](const auto& chosen) { return chosen.param.name; });

// Two services on one file, both told to send: each event comes, and hardly ever twice.
TEST(WebhookOfTwo, ShareTheEvents) {
  const temp_dir data(data_directory());
  receiver there;
  const settings both{{"SUNDOWN_NOTES__WEBHOOK__URL", there.url()},
                      {"SUNDOWN_NOTES__WEBHOOK__LEASE", "10s"},
                      {"SUNDOWN_STORAGE__SQLITE__PATH", (data / "notes.db").string()}};
  running one(sample(with(both))), other(sample(with(both)));
  changing load(one.http(), 2), more(other.http(), 2);
  EXPECT_TRUE(load.wait_for(200));
  EXPECT_TRUE(more.wait_for(200));
  for (auto* each : {&one, &other}) {
    each->signal(SIGTERM);
    expect_exit(*each, 0, slack(3s));
  }
  auto expected = load.acknowledged();
  expected.merge(more.acknowledged());
  running last(sample(with(both)));
  // A stop that could not note in time what it had delivered leaves its leases.
  ASSERT_TRUE(eventually(6 * ample, [&] {
    const auto came = there.distinct();
    return std::includes(came.begin(), came.end(), expected.begin(), expected.end());
  }));
  // On a machine that is busy otherwise a lease ends while its event is on the way. Without leases each would come
  // twice.
  const auto once = there.distinct().size();
  EXPECT_LE(there.accepted().size(), once + once / 10);
}

// What is wrong with the webhook's keys is said before the start, with what to do, and without the secret.
TEST(WebhookConfiguration, IsChecked) {
  const auto said = [](settings keys) {
    auto options = sample(with(std::move(keys)));
    options.arguments = {"--check-config"};
    service app(options);
    const auto end = app.wait_exit();
    app.process().err().wait_end();
    return end && end->code == 2 ? app.process().err().text() : "it was accepted";
  };
  EXPECT_THAT(said({{"SUNDOWN_NOTES__WEBHOOK__URL", "ftp://shop.example"}}),
              HasSubstr("notes.webhook.url begins with neither http:// nor https://"));
  EXPECT_THAT(said({{"SUNDOWN_NOTES__WEBHOOK__URL", "https://me:hunter2@shop.example"}}),
              testing::AllOf(HasSubstr("notes.webhook.url has a user"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(said({{"SUNDOWN_NOTES__WEBHOOK__SECRET", "hunter2"}}),
              testing::AllOf(HasSubstr("notes.webhook.secret is not whsec_ and base64"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(said({{"SUNDOWN_NOTES__WEBHOOK__LEASE", "2s"}, {"SUNDOWN_NOTES__WEBHOOK__TIMEOUT", "2s"}}),
              HasSubstr("notes.webhook.lease must be at least twice notes.webhook.timeout"));
}

// Its figures are in /metrics.
TEST(WebhookFigures, AreShown) {
  receiver there;
  running app(sample(with({{"SUNDOWN_NOTES__WEBHOOK__URL", there.url()}})));
  ASSERT_EQ(ask(app.http(), post("/v1/notes", R"({"title":"t"})")).status, 201);
  ASSERT_TRUE(eventually(ample, [&] { return there.accepted().size() == 1; }));
  EXPECT_TRUE(eventually(ample, [&] {
    const auto text = ask(app.admin(), get("/metrics")).body;
    return text.find("\nsundown_webhook_outbox_delivered_total 1\n") != text.npos &&
           text.find("\nsundown_webhook_outbox_failed_total 0\n") != text.npos &&
           text.find("\nsundown_webhook_outbox_subjects_waiting 0\n") != text.npos &&
           text.find("\nsundown_webhook_outbox_oldest_age_seconds 0\n") != text.npos;
  }));
}

}  // namespace
}  // namespace sundown::test
