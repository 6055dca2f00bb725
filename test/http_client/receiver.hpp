#pragma once

#include "http_client/scripted_server.hpp"

#include <sundown/testing/eventually.hpp>

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::test {

/// A receiver of events: answers each as the test says, and keeps the ids of those that it has answered 2xx, in the
/// order of their coming.
class receiver {
 public:
  /// The answer to an event, by its id and how often it has come before; "" is none, until the sender goes.
  using answering = std::function<std::string(const std::string& id, int before)>;

  explicit receiver(answering answer = no_content)
      : answer_(std::move(answer)), server_([this](peer& from, int) { serve(from); }) {}

  static std::string no_content(const std::string&, int) { return "HTTP/1.1 204 No Content\r\n\r\n"; }
  static std::string status(int code, std::string_view fields = {}) {
    return "HTTP/1.1 " + std::to_string(code) + " Said\r\nContent-Length: 0\r\n" + std::string(fields) + "\r\n";
  }

  std::string url() const { return server_.url("/hook"); }
  std::uint16_t port() const { return server_.port(); }

  /// Ids that were answered 2xx, each as often as it was.
  std::vector<std::string> accepted() const {
    const std::lock_guard lock(mutex_);
    return accepted_;
  }
  std::set<std::string> distinct() const {
    const std::lock_guard lock(mutex_);
    return {accepted_.begin(), accepted_.end()};
  }
  /// How often an event has come, whatever the answer was.
  int attempts(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = attempts_.find(id);
    return found == attempts_.end() ? 0 : found->second;
  }
  int attempts() const {
    const std::lock_guard lock(mutex_);
    int all = 0;
    for (const auto& [id, count] : attempts_) all += count;
    return all;
  }
  /// The `traceparent` of each attempt, in their order; "" of one without.
  std::vector<std::string> parents() const {
    const std::lock_guard lock(mutex_);
    return parents_;
  }
  /// Requests that were no event as one should be.
  std::vector<std::string> malformed() const {
    const std::lock_guard lock(mutex_);
    return malformed_;
  }

 private:
  static std::string field(const std::string& request, std::string_view name) {
    const auto at = request.find("\r\n" + std::string(name) + ": ");
    if (at == request.npos) return {};
    const auto from = at + name.size() + 4;
    return request.substr(from, request.find("\r\n", from) - from);
  }

  void serve(peer& from) {
    for (auto request = from.read_request(); !request.empty(); request = from.read_request()) {
      const auto id = field(request, "webhook-id");
      int before = 0;
      {
        const std::lock_guard lock(mutex_);
        if (id.empty() || field(request, "webhook-timestamp").empty() ||
            !request.starts_with("POST /hook HTTP/1.1\r\n"))
          malformed_.push_back(request);
        before = attempts_[id]++;
        parents_.push_back(field(request, "traceparent"));
      }
      const auto bytes = answer_(id, before);
      if (bytes.empty()) return from.wait_end();
      if (bytes.starts_with("HTTP/1.1 2")) {  // before the answer: what its sender knows of must be here
        const std::lock_guard lock(mutex_);
        accepted_.push_back(id);
      }
      if (!from.send(bytes)) return;
    }
  }

  const answering answer_;
  mutable std::mutex mutex_;
  std::vector<std::string> accepted_, malformed_, parents_;
  std::map<std::string, int> attempts_;
  scripted_server server_;  // the last member: its threads use what is above
};

}  // namespace sundown::test
