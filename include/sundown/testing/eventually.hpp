#pragma once

#include <sundown/testing/clock.hpp>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>

namespace sundown::testing {

/// Waits until the predicate holds, for at most `limit`; false if it never did. The last look comes after the limit,
/// however late this thread is. For state that nobody announces, such as the kernel's socket table: inside one program
/// a tally is better.
template <class Predicate>
bool eventually(milliseconds limit, Predicate holds) {
  const deadline end(limit);
  for (auto pause = 1ms;; pause = std::min(pause * 2, 20ms)) {
    const bool last = end.passed();
    if (holds()) return true;
    if (last) return false;
    std::this_thread::sleep_for(std::min(pause, end.left()));
  }
}

/// Counts what threads have done and wakes whoever waits for enough of it.
class tally {
 public:
  void add() {
    {
      const std::lock_guard lock(mutex_);
      ++count_;
    }
    changed_.notify_all();
  }

  bool wait_for(std::size_t enough, milliseconds limit) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, deadline(limit).at(), [&] { return count_ >= enough; });
  }

  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::size_t count_ = 0;
};

}  // namespace sundown::testing
