#pragma once

#include "http/server_span.hpp"

#include <sundown/time.hpp>

#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sundown::http::detail {

class session_status;

/// The traces of a worker's requests in a stop, for reports that can't ask the worker: a forced exit's, or that of a
/// blocked one.
///
/// The worker writes them down anew again and again while it stops, and nothing while it serves, so that requests pay
/// nothing for it. Any thread reads.
class request_traces {
 public:
  struct entry {
    const session_status* shown;  ///< of the request: only compared
    clock::time_point started;    ///< it may show another one later
    trace_text trace;
  };

  void replace(std::vector<entry> noted) {
    std::sort(noted.begin(), noted.end(), [](const auto& a, const auto& b) { return before(a.shown, b.shown); });
    const std::lock_guard lock(mutex_);
    noted_.swap(noted);
  }
  /// Empty if none is noted.
  std::string find(const session_status* shown, clock::time_point started) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::lower_bound(noted_.begin(), noted_.end(), shown,
                                        [](const auto& one, const auto* wanted) { return before(one.shown, wanted); });
    if (found == noted_.end() || found->shown != shown || found->started != started) return {};
    return found->trace.str();
  }

 private:
  static bool before(const session_status* a, const session_status* b) noexcept { return std::less<>()(a, b); }

  mutable std::mutex mutex_;
  std::vector<entry> noted_;  ///< by `shown`
};

}  // namespace sundown::http::detail
