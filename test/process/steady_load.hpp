#pragma once

#include "process/scenario.hpp"

#include <atomic>
#include <mutex>
#include <thread>

namespace sundown::test {

/// A request with a body, and the status that it must be answered with.
struct write_request {
  std::string bytes = post("/demo/upload", "written under load", "text/plain");
  int status = 200;
};

/// Clients in a closed loop that retry nothing, from the construction to stop(): some on connections that they keep,
/// some with a connection for each request, some that write, and a probe. Whatever doesn't come whole is a loss. Each
/// pauses for a millisecond after a request, so that the machine has room for the service.
class steady_load {
 public:
  steady_load(const endpoint& http, const endpoint& admin, write_request request = {}) : write_(std::move(request)) {
    for (int i = 0; i < 6; ++i) threads_.emplace_back([this, http] { keep_alive(http); });
    for (int i = 0; i < 4; ++i) threads_.emplace_back([this, http] { new_connections(http, 200, get("/hello")); });
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this, http] { write(http); });
    threads_.emplace_back([this, admin] { new_connections(admin, 200, get("/ready")); });
  }
  ~steady_load() { stop(); }

  void stop() {
    over_ = true;
    for (auto& one : threads_)
      if (one.joinable()) one.join();
  }
  /// Waits until so many more requests are answered.
  bool go_on(std::size_t more) { return answered_.wait_for(answered_.count() + more, for_many); }

  std::size_t answered() const { return answered_.count(); }
  /// What was lost, and how often.
  std::map<std::string, int> losses() const {
    const std::lock_guard lock(mutex_);
    return losses_;
  }
  /// Without the probes that a stop has answered 503, which are no loss but the truth.
  std::map<std::string, int> losses_but_probes() const {
    auto all = losses();
    std::erase_if(all, [](const auto& one) {
      return one.first.starts_with("GET /ready ") && one.first.find("503") != one.first.npos;
    });
    return all;
  }
  /// The locations that the answers to writers gave.
  std::vector<std::string> locations() const {
    const std::lock_guard lock(mutex_);
    return locations_;
  }

 private:
  void lost(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++losses_[what];
  }

  bool connect(raw_client& client, const endpoint& where) {
    client.close();
    client.received().clear();
    const auto how = client.connect(where);
    if (how != connecting::connected) lost(std::string("connect: ") + to_string(how));
    return how == connecting::connected;
  }

  /// The answer, or nothing if it is lost.
  std::optional<reply> exchange(raw_client& client, std::string_view request, int wanted) {
    if (const auto how = client.send(request); how != sending::sent) {
      lost(std::string("send: ") + to_string(how));
      return std::nullopt;
    }
    auto answer = client.read_response();
    if (!answer.whole() || answer.status != wanted) {
      lost(std::string(request.substr(0, request.find("HTTP"))) + answer.describe());
      return std::nullopt;
    }
    answered_.add();
    std::this_thread::sleep_for(1ms);
    return answer;
  }

  void keep_alive(const endpoint& where) {
    raw_client client;
    bool open = false;
    while (!over_) {
      if (!open && !connect(client, where)) continue;
      const auto answer = exchange(client, get("/hello"), 200);
      open = answer && !answer->says_close();
    }
  }

  void new_connections(const endpoint& where, int wanted, const std::string& request) {
    while (!over_) {
      raw_client client;
      if (connect(client, where)) exchange(client, request, wanted);
    }
  }

  void write(const endpoint& where) {
    while (!over_) {
      raw_client client;
      if (!connect(client, where)) continue;
      const auto answer = exchange(client, write_.bytes, write_.status);
      if (!answer) continue;
      const std::lock_guard lock(mutex_);
      if (const auto location = answer->field("location")) locations_.push_back(*location);
    }
  }

  const write_request write_;

  std::atomic<bool> over_{false};
  tally answered_;
  mutable std::mutex mutex_;
  std::map<std::string, int> losses_;
  std::vector<std::string> locations_;
  std::vector<std::thread> threads_;
};

/// Does it twenty times while the load goes on.
template <class Step>
void twenty_times(steady_load& load, const service& app, Step step) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(load.go_on(200)) << app.log();
    step();
  }
}

/// Stops a service with 0 and starts it again.
inline void stop_and_restart(running& app) {
  app.signal(SIGTERM);
  expect_exit(app, 0, ample);
  app.restart();
  app.must_be_ready();
}

}  // namespace sundown::test
