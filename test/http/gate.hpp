#pragma once

#include "support/testing.hpp"

#include <sundown/task.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

namespace sundown::test {

/// Where handlers wait until the test lets them go on. The test knows when they are there: no handler is released, and
/// nothing is expected of one, before that.
/// Lifetime: longer than the server whose handlers use it. Thread safety: any thread.
class gate {
 public:
  void open() {
    std::vector<std::shared_ptr<timer>> waiting;
    {
      const std::lock_guard lock(mutex_);
      open_ = true;
      waiting.swap(waiting_);
    }
    opened_.notify_all();
    for (auto& one : waiting) asio::post(one->get_executor(), [one] { one->cancel(); });
  }

  /// True once so many handlers have come here.
  bool reached(std::size_t count = 1) const { return arrived_.wait_for(count, ample); }

  /// For a handler that blocks its worker, as none should.
  void block() {
    arrived_.add();
    std::unique_lock lock(mutex_);
    if (!opened_.wait_for(lock, 2 * ample, [this] { return open_; }))
      throw std::runtime_error("the gate was never opened");
  }

  /// For a coroutine: throws operation_aborted if it is cancelled.
  task<> pass() {
    const auto here = co_await asio::this_coro::executor;
    const auto wait = std::make_shared<timer>(here, clock::time_point::max());
    const bool open = enlist(wait);
    arrived_.add();
    if (open) co_return;
    const auto [ec] = co_await wait->async_wait(as_result);
    delist(wait);
    if (!is_open()) throw boost::system::system_error(ec);
  }

  /// For a coroutine that doesn't obey: goes on waiting when it is cancelled.
  task<> pass_at_all_costs() {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await pass();
  }

 private:
  using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor>;

  bool enlist(const std::shared_ptr<timer>& one) {
    const std::lock_guard lock(mutex_);
    if (!open_) waiting_.push_back(one);
    return open_;
  }
  /// A timer must not outlive its context here.
  void delist(const std::shared_ptr<timer>& one) {
    const std::lock_guard lock(mutex_);
    std::erase(waiting_, one);
  }
  bool is_open() const {
    const std::lock_guard lock(mutex_);
    return open_;
  }

  mutable std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
  std::vector<std::shared_ptr<timer>> waiting_;
  tally arrived_;
};

}  // namespace sundown::test
