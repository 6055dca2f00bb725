#include "stop/vacancy.hpp"

#include "log/failure.hpp"
#include "stop/alarm.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace sundown::stop {

// The timer never expires; cancelling it on its own executor is the wake-up, and the coroutine's own cancellation
// reaches it too.
struct vacancy::waiter {
  explicit waiter(const asio::any_io_executor& executor) : timer(executor, clock::time_point::max()) {}

  asio::steady_timer timer;
  bool woken = false;  // only on the timer's executor
};

void vacancy::enter() {
  std::lock_guard lock(mutex_);
  ++count_;
}

void vacancy::leave() noexcept {
  std::vector<std::shared_ptr<waiter>> wake;
  {
    std::lock_guard lock(mutex_);
    if (--count_ == 0) wake.swap(waiters_);
  }
  for (auto& waiting : wake) {
    auto executor = waiting->timer.get_executor();
    try {
      asio::post(executor, [waiting = std::move(waiting)] {
        waiting->woken = true;
        waiting->timer.cancel();
      });
    } catch (...) {  // no memory to wake it: whoever waits has a limit
      log::report_failure("telling that the last task has ended", std::current_exception());
    }
  }
}

std::size_t vacancy::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

asio::awaitable<void> vacancy::empty(std::shared_ptr<vacancy> self) {
  // Takes the waiter off the list however this coroutine ends, so that no timer outlives its context there.
  struct entry {
    entry(vacancy& w, std::shared_ptr<waiter> m) : where(w), me(std::move(m)) {}
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;
    ~entry() {
      std::lock_guard lock(where.mutex_);
      std::erase(where.waiters_, me);
    }
    vacancy& where;
    std::shared_ptr<waiter> me;
  };

  auto executor = co_await asio::this_coro::executor;
  entry waiting(*self, std::make_shared<waiter>(executor));
  {
    std::lock_guard lock(self->mutex_);
    if (self->count_ == 0) co_return;
    self->waiters_.push_back(waiting.me);
  }
  auto [ec] = co_await waiting.me->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!waiting.me->woken) throw boost::system::system_error(ec);
}

}  // namespace sundown::stop
