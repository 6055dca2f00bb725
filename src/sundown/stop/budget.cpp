#include <sundown/stop/budget.hpp>

#include <algorithm>

namespace sundown::stop {

namespace {

/// How long a fast stop may take (SIGQUIT), and when in it each step must have ended.
constexpr milliseconds fast_total{1'000};
constexpr double fast_drain = 0.20, fast_background = 0.35, fast_closers = 0.80, fast_fallback = 0.90;
/// After a gap handlers have a moment before they are cancelled: what they wait for may have come meanwhile.
constexpr double resumed_hard_cancel = 0.10;

clock::time_point point(clock::rep ticks) noexcept { return clock::time_point(clock::duration(ticks)); }

}  // namespace

void budget::start(clock::time_point now, bool with_ready_delay) {
  ready_delay_.store(with_ready_delay, std::memory_order_relaxed);
  start_.store(now.time_since_epoch().count(), std::memory_order_release);
}

void budget::hurry(clock::time_point now) {
  clock::rep never = 0;
  hurry_.compare_exchange_strong(never, now.time_since_epoch().count());
}

void budget::resume(clock::time_point now, clock::time_point until) {
  resume_end_.store(until.time_since_epoch().count(), std::memory_order_relaxed);
  resume_.store(now.time_since_epoch().count(), std::memory_order_release);
}

milliseconds budget::ready_delay() const noexcept {
  return ready_delay_.load(std::memory_order_relaxed) ? plan_.ready_delay_max : milliseconds(0);
}

clock::time_point budget::at(milliseconds offset, double part, double resumed_part) const noexcept {
  auto planned = trigger_time() + offset;
  if (auto hurry = hurry_.load(std::memory_order_acquire); hurry != 0) {
    std::chrono::duration<double, std::milli> fast = std::min(fast_total, plan_.total) * part;
    planned = std::min(planned, point(hurry) + std::chrono::duration_cast<clock::duration>(fast));
  }
  if (auto resumed = resume_.load(std::memory_order_acquire); resumed != 0) {
    auto left = std::chrono::duration<double, clock::period>(resume_end_.load(std::memory_order_relaxed) - resumed);
    planned = std::max(planned, point(resumed) + std::chrono::duration_cast<clock::duration>(left * resumed_part));
  }
  return planned;
}

clock::time_point budget::trigger_time() const noexcept { return point(start_.load(std::memory_order_acquire)); }

clock::time_point budget::ready_delay_min_end() const noexcept {
  return at(std::min(plan_.ready_delay_min, ready_delay()), 0);
}

clock::time_point budget::ready_delay_max_end() const noexcept { return at(ready_delay(), 0); }

clock::time_point budget::hard_cancel_at() const noexcept {
  return at(ready_delay() + plan_.hard_cancel, 0, resumed_hard_cancel);
}

clock::time_point budget::drain_end() const noexcept { return at(ready_delay() + plan_.drain, fast_drain); }

clock::time_point budget::background_end() const noexcept {
  return at(ready_delay() + plan_.drain + plan_.background, fast_background);
}

clock::time_point budget::closers_end() const noexcept {
  return at(ready_delay() + plan_.drain + plan_.background + plan_.closers, fast_closers);
}

clock::time_point budget::fallback_at() const noexcept { return at(plan_.fallback, fast_fallback); }

clock::time_point budget::deadline() const noexcept { return at(plan_.total, 1); }

milliseconds budget::remaining() const noexcept {
  if (!started()) return plan_.total;
  auto left = std::chrono::ceil<milliseconds>(deadline() - clock::now());
  return std::max(left, milliseconds(0));
}

}  // namespace sundown::stop
