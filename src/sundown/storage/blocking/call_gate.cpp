#include <sundown/detail/call_gate.hpp>

#include "log/failure.hpp"

namespace sundown::detail {

void report_unanswered() noexcept { log::report_failure("an answer to a caller", std::current_exception()); }

result<call_gate::pass> call_gate::enter() {
  std::scoped_lock lock(mutex_);
  if (shut_) return error{errc::canceled, "closed: no new calls"};
  if (inside_ >= limit_) return error{errc::busy, "all threads are busy and the queue is full"};
  ++inside_;
  return pass(*this);
}

void call_gate::shut() {
  std::scoped_lock lock(mutex_);
  shut_ = true;
}

std::size_t call_gate::inside() const {
  std::scoped_lock lock(mutex_);
  return inside_;
}

std::string call_gate::describe(const char* noun) const {
  const auto count = inside();
  if (count == 0) return {};
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

void call_gate::wait(std::shared_ptr<pending_answer<void>> caller) {
  waiters ready;
  {
    std::scoped_lock lock(mutex_);
    waiters_.push_back(std::move(caller));
    if (inside_ == 0) ready.swap(waiters_);
  }
  wake(ready);
}

void call_gate::left() noexcept {
  waiters ready;
  {
    std::scoped_lock lock(mutex_);
    if (--inside_ == 0) ready.swap(waiters_);
  }
  wake(ready);
}

/// Without the lock: a woken caller may destroy the gate.
void call_gate::wake(const waiters& ready) noexcept {
  const result<void> empty;
  for (const auto& caller : ready) {
    try {
      caller->answer(empty);
    } catch (...) {  // no memory to wake it: a caller that waits for a gate has a limit
      log::report_failure("telling that the last call has ended", std::current_exception());
    }
  }
}

}  // namespace sundown::detail
