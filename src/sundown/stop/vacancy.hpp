#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace sundown::stop {

namespace asio = boost::asio;

/// A count of what is under way that coroutines can wait to fall to zero, without polling.
/// Thread safety: enter(), leave() and count() from any thread. empty() resumes on its caller's executor, which must
/// run one thing at a time (a strand, or a context with one thread).
class vacancy {
 public:
  void enter();
  void leave() noexcept;
  std::size_t count() const;

  /// Completes when the count is zero, at once if it is. Obeys cancellation. A static member with shared ownership,
  /// because what is under way may outlive whoever counts it.
  static asio::awaitable<void> empty(std::shared_ptr<vacancy> self);

 private:
  struct waiter;

  mutable std::mutex mutex_;
  std::size_t count_ = 0;
  std::vector<std::shared_ptr<waiter>> waiters_;
};

}  // namespace sundown::stop
