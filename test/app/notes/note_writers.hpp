#pragma once

#include "process/scenario.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sundown::test {

/// Clients that each write notes, one on the answer to the other, until their connection ends; what was acknowledged is
/// kept. An answer that isn't 201 is kept apart, and ends its client.
class note_writers {
 public:
  explicit note_writers(const endpoint& where, int clients = 4) {
    for (int i = 0; i < clients; ++i) threads_.emplace_back([this, where, i] { write(where, i); });
  }
  ~note_writers() { join(); }

  bool wait_for(std::size_t acknowledged) const { return count_.wait_for(acknowledged, slack(30s)); }
  /// Title by location; complete, since all clients have ended.
  std::map<std::string, std::string> acknowledged() {
    join();
    return acknowledged_;
  }
  std::vector<int> other_answers() {
    join();
    return others_;
  }

 private:
  void join() {
    for (auto& one : threads_)
      if (one.joinable()) one.join();
  }

  void write(const endpoint& where, int number) {
    raw_client client;
    if (client.connect(where) != connecting::connected) return;
    for (int i = 0;; ++i) {
      const auto title = std::to_string(number) + "-" + std::to_string(i);
      if (client.send(post("/v1/notes", boost::json::serialize(
                                            boost::json::object{{"title", title}, {"body", "b"}}))) != sending::sent)
        return;
      const auto answer = client.read_response();
      if (!answer.whole()) return;
      const std::lock_guard lock(mutex_);
      if (answer.status != 201) return others_.push_back(answer.status);
      acknowledged_[answer.field("location").value_or("")] = title;
      count_.add();
      if (answer.says_close()) return;
    }
  }

  tally count_;
  std::mutex mutex_;
  std::map<std::string, std::string> acknowledged_;
  std::vector<int> others_;
  std::vector<std::thread> threads_;
};

}  // namespace sundown::test
