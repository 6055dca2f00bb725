#pragma once

#include <sundown/config.hpp>
#include <sundown/time.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

namespace sundown::stop {

/// The stop's plan with every limit resolved, in the order in which they come. Steps are points on one time line that
/// starts at the trigger, so time that a step doesn't use is left to those after it.
struct stop_plan {
  milliseconds total{0};
  milliseconds ready_delay_min{0}, ready_delay_max{0};
  milliseconds idle_grace{0}, header_grace{0}, stall_limit{0}, stream_grace{0}, websocket_grace{0};
  milliseconds hard_cancel{0};  ///< after ready_delay_max
  milliseconds drain{0};        ///< after ready_delay_max
  milliseconds background{0};   ///< after the drain
  milliseconds closers{0};      ///< after the background tasks
  milliseconds fallback{0};     ///< from the trigger: the steady_timer fires, `watchdog` before the total
  milliseconds watchdog{0};     ///< how long before the total the fallback fires

  friend bool operator==(const stop_plan&, const stop_plan&) = default;
};

/// Resolves what is not set. With the default total of 8 s this gives the figures in config/service.toml; a smaller
/// total scales all of them, a larger one goes to the drain. Never fails; faults() says whether the plan makes sense.
stop_plan make_plan(const shutdown_config& config);

/// What is wrong with the plan, one sentence each, naming the keys; empty if it fits.
std::vector<std::string> faults(const shutdown_config& config);

/// One line for the log: "total 8s: ready_delay 0s-0s, drain 5.5s (hard_cancel 4.5s, idle_grace 500ms, ...), ..."
std::string to_string(const stop_plan& plan);

/// The running stop's clock. Not started: remaining() is the whole total, and no point of time has meaning.
/// Thread safety: start(), hurry() and resume() on one thread at a time; the rest from any thread.
class budget {
 public:
  explicit budget(const stop_plan& plan) : plan_(plan) {}

  /// Starts the clock, once. Without ready_delay the later steps move forward by it.
  void start(clock::time_point now, bool with_ready_delay);
  /// The fast stop: brings every point of time that is still to come forward, so that all ends within a second of `now`
  /// (or within the total, if that is shorter). Never later than it was; the first call counts.
  void hurry(clock::time_point now);
  /// The process did not run for a while, and of the time line too much has passed meanwhile. What is left of the stop
  /// has from `now` to `until`, with the same shares as in a fast stop; no point of time comes earlier by it.
  void resume(clock::time_point now, clock::time_point until);

  bool started() const noexcept { return start_.load(std::memory_order_acquire) != 0; }
  bool hurried() const noexcept { return hurry_.load(std::memory_order_acquire) != 0; }
  const stop_plan& plan() const noexcept { return plan_; }

  clock::time_point trigger_time() const noexcept;
  clock::time_point ready_delay_min_end() const noexcept;
  clock::time_point ready_delay_max_end() const noexcept;
  clock::time_point hard_cancel_at() const noexcept;
  clock::time_point drain_end() const noexcept;
  clock::time_point background_end() const noexcept;
  clock::time_point closers_end() const noexcept;
  clock::time_point fallback_at() const noexcept;
  clock::time_point deadline() const noexcept;  ///< trigger + total, unless resume() has moved it
  milliseconds remaining() const noexcept;      ///< until deadline(), never negative

 private:
  /// `offset` after the trigger, but no later than `part` of the fast stop's time once that has begun, and no earlier
  /// than `resumed_part` of what resume() has left.
  clock::time_point at(milliseconds offset, double part, double resumed_part) const noexcept;
  clock::time_point at(milliseconds offset, double part) const noexcept { return at(offset, part, part); }
  milliseconds ready_delay() const noexcept;

  const stop_plan plan_;
  std::atomic<clock::rep> start_{0};
  std::atomic<clock::rep> hurry_{0};
  std::atomic<clock::rep> resume_{0}, resume_end_{0};
  std::atomic<bool> ready_delay_{true};
};

}  // namespace sundown::stop
