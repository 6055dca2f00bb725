#pragma once

#include "process/tls_scenario.hpp"
#include "support/testing.hpp"
#include "wire/frame_client.hpp"

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sundown::test {

/// A client of HTTP/2 by TLS, by ALPN as browsers do it.
inline frame_client frames_over_tls(const endpoint& where, tls_client_options how = {}) {
  how.protocols = "\x02h2\x08http/1.1";
  auto client = connected_by_tls(where, how);
  if (client.protocol() != "h2") throw std::runtime_error("ALPN has chosen " + client.protocol());
  return frame_client(std::make_unique<wire_over<tls_client>>(std::move(client)));
}

/// Clients of HTTP/2 by TLS in a closed loop that retry nothing, until the test is over: some keep their connection
/// until they hear that it goes away, some have one for three requests. Whatever doesn't come whole is a loss.
class steady_streams {
 public:
  explicit steady_streams(const endpoint& where) {
    for (int i = 0; i < 4; ++i) threads_.emplace_back([this, where, keeps = i % 2 == 0] { run(where, keeps); });
  }
  ~steady_streams() { end(); }

  void end() {
    over_ = true;
    threads_.clear();
  }
  /// Waits until so many more requests are answered.
  bool go_on(std::size_t more) { return answered_.wait_for(answered_.count() + more, for_many); }
  std::size_t answered() const { return answered_.count(); }
  /// What was lost, and how often.
  std::map<std::string, int> losses() const {
    const std::lock_guard lock(mutex_);
    return losses_;
  }

 private:
  void run(const endpoint& where, bool keeps) {
    while (!over_) {
      try {
        auto client = frames_over_tls(where);
        do ask(client);
        while (keeps && !over_ && client.goaways.empty());
      } catch (const std::exception& e) {
        lost(e.what());
      }
    }
  }

  void ask(frame_client& client) {
    const std::array streams{client.get("/hello"), client.post("/demo/upload", "written under load"),
                             client.get("/hello")};
    for (const auto stream : streams) {
      const auto& got = client.answer(stream);
      if (got.whole() && got.status == 200) {
        answered_.add();
      } else {
        lost("status " + std::to_string(got.status) + (got.reset ? ", reset" : "") + (got.ended ? ", whole" : ""));
      }
    }
    std::this_thread::sleep_for(2ms);
  }

  void lost(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++losses_[what];
  }

  std::atomic<bool> over_{false};
  tally answered_;
  mutable std::mutex mutex_;
  std::map<std::string, int> losses_;
  std::vector<std::jthread> threads_;
};

}  // namespace sundown::test
