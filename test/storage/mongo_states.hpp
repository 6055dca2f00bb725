#pragma once

#include "support/mongo_server.hpp"
#include "support/testing.hpp"

#include <sundown/mongodb.hpp>

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sundown::test {

/// Skips the test that has no server, and says how to get one.
#define SUNDOWN_NEEDS_MONGO() \
  if (const auto why = mongo_server::missing(); !why.empty()) GTEST_SKIP() << why

/// What a client says of its deployment.
class state_log {
 public:
  mongodb::listener listener() {
    return [this](bool up, const std::string& detail) {
      const std::scoped_lock lock(mutex_);
      said_.emplace_back(up, detail);
      changed_.notify_all();
    };
  }
  /// Waits until the last thing said is this.
  bool wait(bool up, milliseconds limit = ample) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return !said_.empty() && said_.back().first == up; });
  }
  std::vector<std::pair<bool, std::string>> all() const {
    const std::scoped_lock lock(mutex_);
    return said_;
  }
  std::string last() const { return all().back().second; }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::pair<bool, std::string>> said_;
};

}  // namespace sundown::test
