#pragma once

#include "process/scenario.hpp"
#include "support/testing.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sundown::test {

/// Clients that write notes, one after the other on connections of their own, until the service refuses them. Without
/// retries: what counts is what was acknowledged.
class posting {
 public:
  posting(endpoint where, int clients) {
    for (int i = 0; i < clients; ++i) threads_.emplace_back([this, where] { post_until_refused(where); });
  }
  posting(const posting&) = delete;
  posting& operator=(const posting&) = delete;
  ~posting() { finish(); }

  bool wait_for(std::size_t writes) const { return done_.wait_for(writes, ample); }
  std::size_t done() const { return done_.count(); }
  /// Ends the clients; returns the ids of all notes that were answered 201.
  std::vector<std::string> finish() {
    stop_ = true;
    for (auto& one : threads_)
      if (one.joinable()) one.join();
    return ids_;
  }

 private:
  void post_until_refused(const endpoint& where) {
    const auto request = post("/v1/notes", R"({"title":"note","body":"written under load"})");
    while (!stop_) {
      raw_client client;
      if (client.connect(where) != connecting::connected) return;
      for (bool goes_on = true; goes_on && !stop_;) {
        if (client.send(request) != sending::sent) break;
        const auto answer = client.read_response();
        goes_on = answer.whole() && !answer.says_close();
        if (answer.whole() && answer.status == 201) acknowledged(*answer.field("location"));
        std::this_thread::sleep_for(2ms);  // so that what comes while a server is away finds room in a bounded queue
      }
    }
  }

  void acknowledged(const std::string& location) {
    {
      const std::lock_guard lock(mutex_);
      ids_.push_back(location.substr(location.rfind('/') + 1));
    }
    done_.add();
  }

  std::atomic<bool> stop_{false};
  tally done_;
  std::mutex mutex_;
  std::vector<std::string> ids_;
  std::vector<std::thread> threads_;
};

}  // namespace sundown::test
