// A service that is offered more than it can do: whoever asks has an answer, and a stop in the middle loses nothing.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Clients in closed loops, many more than there are places, that retry nothing: some keep their connections, some have
/// one for each request. Each request is to be answered whole, 200 or 503, unless its connection could not be made
/// after the signal.
class flood {
 public:
  explicit flood(const endpoint& where) {
    for (int i = 0; i < 24; ++i) {
      threads_.emplace_back([this, where, keeps = i % 2 == 0, waits = i % 3 == 0] {
        run(where, keeps, waits ? get("/demo/sleep?ms=20") : get("/demo/block?ms=3"));
      });
    }
  }
  ~flood() { end(); }
  void end() {
    over_ = true;
    for (auto& each : threads_)
      if (each.joinable()) each.join();
  }
  void stopping() { stopping_ = true; }
  bool go_on(std::size_t more) { return answered_.wait_for(answered_.count() + more, for_many); }
  int with(int status) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_status_.find(status);
    return found == by_status_.end() ? 0 : found->second;
  }
  std::map<std::string, int> losses() const {
    const std::lock_guard lock(mutex_);
    return losses_;
  }

 private:
  void run(const endpoint& where, bool keeps, const std::string& request) {
    raw_client client;
    bool open = false;
    while (!over_) {
      if (!open) {
        client = raw_client();
        if (const auto how = client.connect(where); how != connecting::connected) {
          if (stopping_) return;
          lost(std::string("connect: ") + to_string(how));
          continue;
        }
      }
      const auto sent = client.send(request);
      const auto answer = client.read_response();
      const bool told = answer.whole() && (answer.status == 200 || answer.status == 503);
      if (told) {
        count(answer.status);
      } else {
        lost(std::string(to_string(sent)) + ", " + answer.describe());
      }
      open = told && keeps && !answer.says_close();
    }
  }
  void count(int status) {
    answered_.add();
    const std::lock_guard lock(mutex_);
    ++by_status_[status];
  }
  void lost(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++losses_[what];
  }

  std::atomic<bool> over_{false}, stopping_{false};
  tally answered_;
  mutable std::mutex mutex_;
  std::map<int, int> by_status_;
  std::map<std::string, int> losses_;
  std::vector<std::thread> threads_;
};

service_options limited_service() {
  return with(patient({{"SUNDOWN_HTTP__MAX_REQUESTS", "4"},
                       {"SUNDOWN_HTTP__QUEUE", "8"},
                       {"SUNDOWN_HTTP__QUEUE_WAIT", "20ms"},
                       {"SUNDOWN_LOG__ACCESS", "false"}}));
}

// A stop in the middle of it, twenty times: what was admitted is served, what waits is served or told 503, and the exit
// comes in time.
TEST(Overload, TwentyStopsLoseNothing) {
  for (int i = 0; i < 20; ++i) {
    running app(limited_service());
    flood clients(app.http());
    ASSERT_TRUE(clients.go_on(100)) << app.log();
    ASSERT_TRUE(eventually(ample, [&] { return clients.with(200) > 0 && clients.with(503) > 0; })) << app.log();
    clients.stopping();
    app.signal(SIGTERM);
    expect_exit(app, 0, promptly);
    clients.end();
    EXPECT_THAT(clients.losses(), IsEmpty()) << app.log();
    EXPECT_THAT(report_of(app).cut, IsEmpty());
  }
}

// Meanwhile probes answer, and the metrics say who was sent away, and why.
TEST(Overload, ProbesAndMetricsAnswer) {
  running app(limited_service());
  flood clients(app.http());
  ASSERT_TRUE(clients.go_on(100)) << app.log();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  const auto metrics = ask(app.admin(), get("/metrics")).body;
  for (const auto* figure :
       {"sundown_requests_queued ", "sundown_requests_admitted_total ",
        "sundown_requests_shed_total{reason=\"waited\"} ", "sundown_requests_shed_total{reason=\"queue_full\"} "}) {
    EXPECT_THAT(metrics, HasSubstr(figure));
  }
  clients.stopping();
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
}

}  // namespace
}  // namespace sundown::test
