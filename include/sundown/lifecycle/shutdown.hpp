#pragma once

#include <sundown/lifecycle/background.hpp>
#include <sundown/lifecycle/budget.hpp>
#include <sundown/lifecycle/closable.hpp>
#include <sundown/lifecycle/drainable.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::lifecycle {

/// How the process ends; also documented in README.md.
enum exit_code : int {
  drained = 0,            ///< all closed, nothing lost (or stopped during start-up)
  failed = 1,             ///< runtime failure
  bad_usage = 2,          ///< bad configuration or flags
  work_was_cut = 3,       ///< the deadline passed, or a peer stalled: the report names what was cut
  watchdog_fired = 4,     ///< the control plane itself was stuck
  second_interrupt = 130, ///< Ctrl-C pressed again
};

/// Why the stop began and how careful it is.
enum class stop_kind {
  orderly,      ///< SIGTERM, POST /admin/shutdown: with ready_delay
  interactive,  ///< SIGINT: the same drain, no ready_delay: it is a person at a terminal
  fast,         ///< SIGQUIT: sessions aborted, resources still closed
};

/// What one closer did.
struct closer_result {
  std::string name;
  milliseconds took{0};
  enum class outcome { closed, failed, overran } result = outcome::closed;
  std::string error;
};

/// One step of the stop and how long it took.
struct step_result {
  std::string name;
  milliseconds took{0};
};

/// Everything the stop did: one JSON line at the end, and the source of the metrics.
struct report {
  std::string trigger;
  milliseconds total{0};
  std::size_t connections_at_signal = 0, requests_at_signal = 0;
  drain_summary drain;
  std::vector<std::string> unfinished_background;
  std::vector<closer_result> closers;
  std::vector<step_result> steps;
  int exit_code = 0;
};

/// One JSON object on one line.
std::string to_json(const report& what);

/// Runs the service's ordered stop, from the first trigger() to the exit code.
///
/// Order: announce -> ready_delay -> listeners -> sessions -> background tasks -> closers, one at a time, last added
/// first: add each resource right after constructing it, so that what was built on it is closed before it. A closer
/// that throws or overruns its share of the time is reported and skipped.
///
/// Deadline: plan().total from the first trigger(), never extended. Shortly before it the steady_timer fallback calls
/// force_exit(work_was_cut) with the report of what is still open; the watchdog (lifecycle/watchdog) stands behind it.
/// Success cancels the timer.
///
/// Thread safety: add(), drains() and on_last() before the io_context runs only; trigger(), stopping(), snapshot()
/// from any thread.
/// Lifetime: must outlive the run of its io_context; holds references to what was added, owns nothing.
class shutdown {
 public:
  /// Ends the process without destructors after the log is flushed. Injected, so that a test survives it.
  using force_exit_function = std::function<void(int)>;

  shutdown(asio::io_context& control, const stop_plan& plan, force_exit_function force_exit);
  shutdown(const shutdown&) = delete;
  shutdown& operator=(const shutdown&) = delete;
  ~shutdown();

  /// A server to drain. All drain at the same time.
  void drains(drainable& server);
  /// Tracked tasks to wait for once the sessions have ended.
  void finishes(background& tasks);
  /// A resource to close.
  template <closable T>
  void add(std::string name, T& resource) {
    add_closer(std::move(name), [&resource] { return resource.close(); });
  }
  /// Called on the strand at the moment of the trigger, before anything else (readiness goes off here).
  void on_trigger(std::function<void()> call);
  /// Called on the strand at the very end, after the last closer: cancel what keeps the control context running.
  void on_last(std::function<void()> call);

  /// Starts the stop; later calls are logged and change nothing, but for a `fast` one, which speeds it up.
  void trigger(stop_kind kind, std::string reason);
  /// The second Ctrl-C: report what is open, force_exit(130).
  void force(int code, std::string reason);

  bool stopping() const noexcept { return clock_.started() || triggered_.load(std::memory_order_acquire); }
  const budget& clock() const noexcept { return clock_; }

  /// Where the stop is: for /status and the once-a-second progress line.
  struct progress {
    std::string step;         ///< "running", "ready_delay", "listeners", "sessions", "background", "close redis", "done"
    std::string waiting_for;  ///< "http 2 busy (GET /slow 3.2 s)"
    milliseconds remaining{0};
  };
  progress snapshot() const;

  /// Valid once the control context's run() has returned (or force_exit was called).
  const report& result() const noexcept { return report_; }
  int exit_code() const noexcept { return report_.exit_code; }
  /// True if something was left behind that must not be destroyed: leave by force_exit.
  bool left_behind() const noexcept;

 private:
  void add_closer(std::string name, std::function<asio::awaitable<void>()> close);
  // ... implementation detail, on the strand
  std::atomic<bool> triggered_{false};
  budget clock_;
  report report_;
};

}  // namespace sundown::lifecycle
