#pragma once

#include "http/connection.hpp"

#include <cstddef>
#include <mutex>

namespace sundown::http::detail {

/// The open connections of one worker.
///
/// The mutex is for the control plane's looks from outside, also while the worker is blocked; the worker takes it once
/// per connection, not per request, and reads its own list without it.
class connection_registry {
 public:
  void add(connection& accepted) {
    const std::lock_guard lock(mutex_);
    open_.push_back(accepted);
  }
  void remove(connection& ended) {
    const std::lock_guard lock(mutex_);
    open_.erase(open_.iterator_to(ended));
  }

  /// The worker's own view. `call` must not end a connection at once; cancelling its socket is fine, that only posts.
  bool empty() const noexcept { return open_.empty(); }
  std::size_t size() const noexcept { return open_.size(); }
  template <class Call>
  void for_each(Call call) {
    for (auto& open : open_) call(open);
  }

  /// From any thread.
  template <class Call>
  void inspect(Call call) const {
    const std::lock_guard lock(mutex_);
    for (const auto& open : open_) call(open.status());
  }

 private:
  mutable std::mutex mutex_;
  boost::intrusive::list<connection, boost::intrusive::base_hook<registry_hook>> open_;
};

}  // namespace sundown::http::detail
