// Many calls, and a stop in the middle of them: of the client, or of the server. Each caller gets an answer or an error
// that says what it was, and nothing that may not be is carried out twice.
//
// SUNDOWN_TEST_CALLS: calls in one run; SUNDOWN_TEST_ROUNDS: runs with each server.
#include "http_client/fixture.hpp"
#include "http_client/nginx_server.hpp"

#include "http/fixture.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <set>

#include <sys/stat.h>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using http_client::answer;
using http_client::request;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t most_callers = 64;

/// Requests by their ids: how often each was carried out.
using counts = std::map<std::string, int>;

/// A server that counts the requests that it carries out.
class counting_server {
 public:
  virtual ~counting_server() = default;
  virtual void start() = 0;
  /// In order, with requests under way.
  virtual void stop() = 0;
  virtual std::string url() const = 0;
  /// Of all of its lives, once it has stopped.
  virtual counts carried_out() const = 0;
  /// Answers that a stop may leave out of the count.
  virtual std::size_t uncounted() const { return 0; }
};

counts lines_of(const std::filesystem::path& file) {
  counts all;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) ++all[line];
  return all;
}

class counting_nginx : public counting_server {
 public:
  void start() override {
    server_.start("  log_format ids $arg_id; access_log DIR/ids ids; keepalive_requests 50;",
                  "    location / { return 200 done; }");
  }
  void stop() override { server_.stop(); }
  std::string url() const override { return server_.url(); }
  // As one process it ends without a word on the requests that it has answered before it had read their body.
  std::size_t uncounted() const override { return most_callers; }
  counts carried_out() const override { return lines_of(server_.folder() / "ids"); }

 private:
  nginx_server server_;
};

class counting_go : public counting_server {
 public:
  void start() override {
    command what;
    what.program = GO_PEER;
    what.arguments = {"127.0.0.1:" + std::to_string(port_), (folder_ / "ids").string()};
    process_.emplace(what);
    if (!process_->out().wait_for("listening")) throw std::runtime_error("it does not start");
  }
  void stop() override {
    process_->signal(SIGTERM);
    if (!process_->wait_exit()) throw std::runtime_error("it does not end");
  }
  std::string url() const override { return "http://127.0.0.1:" + std::to_string(port_) + '/'; }
  counts carried_out() const override { return lines_of(folder_ / "ids"); }

 private:
  const reserved_port reserved_;
  const std::uint16_t port_ = reserved_.number();
  temp_dir folder_;
  std::optional<child_process> process_;
};

class counting_own : public counting_server {
 public:
  void start() override {
    auto fresh = std::make_unique<serving>([this](http::router& routes) {
      const auto count = [this](const http::request& asked) {
        const std::lock_guard lock(mutex_);
        ++counts_[std::string(*asked.query_text("id", 64))];
        return http::text("done");
      };
      routes.get("/", count);
      routes.post("/", count);
    });
    const std::lock_guard lock(mutex_);
    url_ = "http://127.0.0.1:" + std::to_string(fresh->where().port) + '/';
    server_ = std::move(fresh);
  }
  void stop() override {
    server_->announce();
    server_->drain();
    server_.reset();
  }
  std::string url() const override {
    const std::lock_guard lock(mutex_);
    return url_;
  }
  counts carried_out() const override {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  mutable std::mutex mutex_;
  counts counts_;
  std::string url_;
  std::unique_ptr<serving> server_;
};

/// What became of the calls.
struct outcomes {
  std::set<std::string> answered_posts, failed_posts;
  std::size_t answered = 0;
  std::map<errc, std::size_t> errors;
  std::vector<std::string> unclear;  ///< errors that say nothing
};

/// Callers that each make one call after the other, every third one a GET, until all ids are gone.
class callers {
 public:
  callers(http_calls& calls, const counting_server& server, std::size_t total)
      : calls_(calls), server_(server), total_(total) {
    for (std::size_t i = 0; i < most_callers; ++i) all_.push_back(calls_.worker.start(call()));
  }

  bool wait_for(std::size_t count) const {
    return eventually(12 * ample, [&] { return ended_.load() >= count; });
  }
  /// Once each caller has had the last of its answers.
  outcomes wait_end() {
    for (auto& each : all_)
      if (each.wait_for(12 * ample) != std::future_status::ready) throw std::runtime_error("a caller has no answer");
    return std::move(got_);
  }

 private:
  task<> call() {
    while (next_ < total_) {
      const auto number = next_++;
      const bool is_get = number % 3 == 0;
      const auto id = std::to_string(number);
      request what(is_get ? http::verb::get : http::verb::post, server_.url() + "?id=" + id);
      if (!is_get) what.body = "body of " + id;
      const auto got = co_await calls_.client.send(std::move(what));
      keep(id, is_get, got);
      ++ended_;
    }
  }

  void keep(const std::string& id, bool is_get, const result<answer>& got) {
    if (got) {
      ++got_.answered;
      EXPECT_EQ(got->status, 200U);
      EXPECT_EQ(got->body, "done");
      if (!is_get) got_.answered_posts.insert(id);
      return;
    }
    ++got_.errors[got.error().code];
    if (!is_get) got_.failed_posts.insert(id);
    if (got.error().detail.size() < 10) got_.unclear.push_back(got.error().detail);
  }

  http_calls& calls_;
  const counting_server& server_;
  const std::size_t total_;
  std::vector<std::future<void>> all_;
  std::atomic<std::size_t> ended_{0};
  std::size_t next_ = 0;  // the worker's, as the next
  outcomes got_;
};

struct peer_kind {
  std::string name;
  std::function<std::string()> missing;
  std::function<std::unique_ptr<counting_server>()> make;

  friend void PrintTo(const peer_kind& chosen, std::ostream* out) { *out << chosen.name; }
};

std::string no_go() {
  struct ::stat found{};
  return ::stat(GO_PEER, &found) == 0 ? "" : "no Go, with which the server of this test is built";
}

class HttpLoad : public testing::TestWithParam<peer_kind> {
 protected:
  void SetUp() override {
    if (const auto why = GetParam().missing(); !why.empty()) GTEST_SKIP() << why;
  }
  static std::size_t calls_in_a_run() {
    const char* const given = std::getenv("SUNDOWN_TEST_CALLS");
    return given ? std::strtoul(given, nullptr, 10) : 5'000;
  }
  static http_client::settings on_few_connections() {
    auto how = patient_client();
    how.connections = 16;
    how.timeout = how.connect_timeout = 6 * ample;  // a busy machine is no fault of the server
    return how;
  }
  static void tell(const char* what, const outcomes& got) {
    std::printf("%s, %s: %zu answered", GetParam().name.c_str(), what, got.answered);
    for (const auto& [code, count] : got.errors) std::printf(", %zu %s", count, to_string(code));
    std::printf("\n");
  }
  static void expect_counts(const outcomes& got, const counting_server& server) {
    const auto done = server.carried_out();
    const auto of = [&](const std::string& id) {
      const auto found = done.find(id);
      return found == done.end() ? 0 : found->second;
    };
    std::size_t uncounted = 0;
    for (const auto& id : got.answered_posts) {
      EXPECT_LE(of(id), 1) << "an answered POST: " << id;
      if (of(id) == 0) ++uncounted;
    }
    EXPECT_LE(uncounted, server.uncounted());
    for (const auto& id : got.failed_posts) EXPECT_LE(of(id), 1) << "a failed POST: " << id;
    EXPECT_THAT(got.unclear, testing::IsEmpty());
  }
};

// The client is closed in the middle: what is under way is answered, what comes later is refused and never sent.
TEST_P(HttpLoad, ClientStops) {
  for (std::size_t round = 0; round < random_source::rounds(4); ++round) {
    const auto server = GetParam().make();
    server->start();
    http_calls calls(on_few_connections());
    callers load(calls, *server, calls_in_a_run());
    EXPECT_TRUE(load.wait_for(calls_in_a_run() / 2));
    calls.close();
    const auto got = load.wait_end();
    server->stop();
    tell("the client stops", got);
    expect_counts(got, *server);
    const auto done = server->carried_out();
    EXPECT_GE(got.answered, calls_in_a_run() / 2);
    for (const auto& [code, count] : got.errors) EXPECT_EQ(code, errc::canceled) << count;
    for (const auto& id : got.failed_posts) EXPECT_FALSE(done.contains(id)) << "refused, and sent: " << id;
  }
}

// The server stops in the middle, in order, and comes back: a call that meets no server says so, and one that was cut
// is not sent again unless that does no harm.
TEST_P(HttpLoad, ServerStops) {
  for (std::size_t round = 0; round < random_source::rounds(4); ++round) {
    const auto server = GetParam().make();
    server->start();
    http_calls calls(on_few_connections());
    callers load(calls, *server, calls_in_a_run());
    EXPECT_TRUE(load.wait_for(calls_in_a_run() / 2));
    server->stop();
    server->start();
    const auto got = load.wait_end();
    calls.close();
    server->stop();
    tell("the server stops", got);
    expect_counts(got, *server);
    for (const auto& [code, count] : got.errors) EXPECT_EQ(code, errc::unavailable) << count;
  }
}

INSTANTIATE_TEST_SUITE_P(All, HttpLoad,
                         testing::Values(peer_kind{"nginx", [] { return nginx_server::missing(); },
                                                   [] { return std::make_unique<counting_nginx>(); }},
                                         peer_kind{"go", no_go, [] { return std::make_unique<counting_go>(); }},
                                         peer_kind{"own", [] { return std::string(); },
                                                   [] { return std::make_unique<counting_own>(); }}),
                         [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace sundown::test
