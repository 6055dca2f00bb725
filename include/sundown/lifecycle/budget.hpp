#pragma once

#include <sundown/config.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

namespace sundown::lifecycle {

using clock = std::chrono::steady_clock;
using milliseconds = std::chrono::milliseconds;

/// The stop's plan with every limit resolved, in the order in which they come. Steps are points on one time line that
/// starts at the trigger, so time that a step doesn't use is left to those after it.
struct stop_plan {
  milliseconds total;
  milliseconds ready_delay_min, ready_delay_max;
  milliseconds idle_grace, header_grace, stall_limit, stream_grace, websocket_grace;
  milliseconds hard_cancel;   ///< after ready_delay_max
  milliseconds drain;         ///< after ready_delay_max
  milliseconds background;    ///< after the drain
  milliseconds closers;       ///< after the background tasks
  milliseconds fallback;      ///< from the trigger: the steady_timer fires, `watchdog` before the total
  milliseconds watchdog;      ///< how long before the total the fallback fires
};

/// Resolves what is not set. With the default total of 8 s this gives the figures in config/service.toml; a smaller
/// total scales all of them, a larger one goes to the drain.
stop_plan make_plan(const shutdown_config& config);

/// What is wrong with the plan, one sentence each, naming the keys; empty if it fits.
std::vector<std::string> faults(const shutdown_config& config);

/// One line for the log: "ready_delay 0-0 s, drain 5.5 s (hard cancel 4.5 s), ..."
std::string to_string(const stop_plan& plan);

/// The running stop's clock. Not started: remaining() is the whole total.
/// Thread safety: start() once, on the shutdown strand; the rest from any thread.
class budget {
 public:
  explicit budget(const stop_plan& plan) : plan_(plan) {}

  /// Starts the clock. Without ready_delay the later steps move forward by it.
  void start(clock::time_point now, bool with_ready_delay);

  bool started() const noexcept { return start_.load(std::memory_order_acquire) != 0; }
  const stop_plan& plan() const noexcept { return plan_; }

  clock::time_point trigger_time() const noexcept;
  clock::time_point ready_delay_min_end() const noexcept;
  clock::time_point ready_delay_max_end() const noexcept;
  clock::time_point hard_cancel_at() const noexcept;
  clock::time_point drain_end() const noexcept;
  clock::time_point background_end() const noexcept;
  clock::time_point closers_end() const noexcept;
  clock::time_point fallback_at() const noexcept;
  clock::time_point deadline() const noexcept;   ///< trigger + total
  milliseconds remaining() const noexcept;       ///< until deadline(), never negative

 private:
  clock::time_point after_trigger(milliseconds offset) const noexcept;

  const stop_plan plan_;
  std::atomic<clock::rep> start_{0};
  std::atomic<bool> ready_delay_{true};
};

}  // namespace sundown::lifecycle
