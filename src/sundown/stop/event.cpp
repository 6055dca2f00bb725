#include "stop/event.hpp"

#include "log/failure.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <mutex>
#include <vector>

namespace sundown::stop {

namespace {

asio::awaitable<void> forget(asio::awaitable<bool> result) { co_await std::move(result); }

}  // namespace

/// One coroutine that waits. Shared with the call that wakes it, which may come when the coroutine has gone.
struct event::waiter {
  explicit waiter(const asio::any_io_executor& executor) : timer(executor) {}

  asio::steady_timer timer;  // on its executor only
  bool let_go = false;       // under the event's mutex
};

struct event::state {
  std::mutex mutex;
  bool is_set = false;
  std::vector<std::shared_ptr<waiter>> waiters;
};

/// A waiter's place in the list, for as long as its coroutine exists: no timer outlives its context there.
class event::entry {
 public:
  entry(std::shared_ptr<state> where, const asio::any_io_executor& executor)
      : state_(std::move(where)), waiter_(std::make_shared<waiter>(executor)) {
    const std::scoped_lock lock(state_->mutex);
    waiter_->let_go = state_->is_set;
    if (!waiter_->let_go) state_->waiters.push_back(waiter_);
  }
  entry(const entry&) = delete;
  entry& operator=(const entry&) = delete;
  ~entry() {
    const std::scoped_lock lock(state_->mutex);
    std::erase(state_->waiters, waiter_);
  }

  asio::steady_timer& timer() const { return waiter_->timer; }
  bool let_go() const {
    const std::scoped_lock lock(state_->mutex);
    return waiter_->let_go;
  }

 private:
  const std::shared_ptr<state> state_;
  const std::shared_ptr<waiter> waiter_;
};

event::event() : state_(std::make_shared<state>()) {}

void event::set() const noexcept {
  std::vector<std::shared_ptr<waiter>> woken;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->is_set = true;
    woken.swap(state_->waiters);
    for (const auto& each : woken) each->let_go = true;
  }
  for (const auto& each : woken) {
    try {
      // The expiry stays in the past, so that a wait that begins only after this call ends at once, too.
      asio::post(each->timer.get_executor(), [each] { each->timer.expires_at(clock::time_point::min()); });
    } catch (...) {
      log::report_failure("waking what waits for an event", std::current_exception());
    }
  }
}

void event::reset() const {
  const std::scoped_lock lock(state_->mutex);
  state_->is_set = false;
}

bool event::is_set() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->is_set;
}

asio::awaitable<bool> event::wait(std::shared_ptr<state> self, std::function<clock::time_point()> limit) {
  const entry here(std::move(self), co_await asio::this_coro::executor);
  // One suspension at least, also where the limit has passed: what is ready by then has its turn first.
  for (bool passed = false; !here.let_go() && !passed; passed = clock::now() >= limit()) {
    here.timer().expires_at(limit());
    // Between the look above and this wait the event may have been set: then the call that it has posted is still to
    // come, and ends the wait.
    co_await here.timer().async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none && !here.let_go())
      throw boost::system::system_error(asio::error::operation_aborted);
  }
  co_return here.let_go();
}

asio::awaitable<void> event::wait() const { return forget(wait_until(clock::time_point::max())); }

asio::awaitable<bool> event::wait_until(std::function<clock::time_point()> limit) const {
  return wait(state_, std::move(limit));
}

asio::awaitable<bool> event::wait_until(clock::time_point limit) const {
  return wait(state_, [limit] { return limit; });
}

struct wait_group::state {
  std::mutex mutex;
  std::size_t count = 0;
  event empty;
};

wait_group::wait_group(std::size_t count) : state_(std::make_shared<state>()) {
  state_->count = count;
  if (count == 0) state_->empty.set();
}

// The event changes under the mutex, so that its state and the count never tell different things.
void wait_group::enter() const {
  const std::scoped_lock lock(state_->mutex);
  if (state_->count++ == 0) state_->empty.reset();
}

void wait_group::leave() const noexcept {
  const std::scoped_lock lock(state_->mutex);
  if (--state_->count == 0) state_->empty.set();
}

std::size_t wait_group::count() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->count;
}

asio::awaitable<void> wait_group::wait() const { return state_->empty.wait(); }

asio::awaitable<bool> wait_group::wait_until(std::function<clock::time_point()> limit) const {
  return state_->empty.wait_until(std::move(limit));
}

asio::awaitable<bool> wait_group::wait_until(clock::time_point limit) const { return state_->empty.wait_until(limit); }

}  // namespace sundown::stop
