#pragma once

#include "storage/redis_fixture.hpp"

#include <string>

namespace sundown::test {

/// A client that says what it sees, and nobody who calls it.
struct watcher {
  explicit watcher(const std::string& url) : watcher(redis_setting{.url = url, .timeout = ample}) {}
  explicit watcher(const redis_setting& how) : session(how) {}

  bool well() const {
    const auto all = session.seen();
    return !all.empty() && all.back().first;
  }
  std::string told() const {
    const auto all = session.seen();
    return all.empty() ? "" : all.back().second;
  }
  bool wait_well() {
    return eventually(ample, [this] { return well(); });
  }
  bool wait_told(const std::string& what) {
    return eventually(ample, [&] { return !well() && told().find(what) != std::string::npos; });
  }

  redis_session session;
};

}  // namespace sundown::test
