#pragma once

#include <sundown/stop/background.hpp>
#include <sundown/stop/budget.hpp>
#include <sundown/stop/closable.hpp>
#include <sundown/stop/drainable.hpp>
#include <sundown/stop/report.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace sundown::stop {

class watchdog;

/// Why the stop began and how careful it is.
enum class stop_kind {
  orderly,      ///< SIGTERM, POST /admin/shutdown: with ready_delay
  interactive,  ///< SIGINT: the same drain, no ready_delay: it is a person at a terminal
  fast,         ///< SIGQUIT: sessions aborted, resources still closed, all within a second
};

/// Runs the service's ordered stop, from the first trigger() to the exit code.
///
/// Order: announce -> ready_delay -> listeners -> sessions -> background tasks -> closers, one at a time, last added
/// first: add each resource right after constructing it, so that what was built on it is closed before it. A closer
/// that throws or overruns its share of the time is reported and skipped; its share is half of what is left then, and
/// all of it for the last one.
///
/// Deadline: plan().total from the first trigger(), extended only where the process did not run (stop/watchdog).
/// Shortly before it the steady_timer fallback calls force_exit(work_was_cut) with a report of what is still open; the
/// watchdog stands behind it. Success cancels the timer; the watchdog stays armed for what follows (destructors).
///
/// If a closer or a background task had to be left behind, suspended in the middle of something, no destructor may run
/// and the context would never run out of work: then the stop ends with force_exit itself, after the report.
///
/// Thread safety: configuring (add, drains, finishes, guarded_by, on_*) before the io_context runs only; trigger(),
/// fail(), force(), stopping(), snapshot() and so_far() from any thread.
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
    std::function<std::string()> waiting_for, omitted;
    if constexpr (tells_what_it_waits_for<T>) waiting_for = [&resource] { return resource.waiting_for(); };
    if constexpr (tells_what_it_omitted<T>) omitted = [&resource] { return resource.omitted(); };
    add_closer(std::move(name), [&resource] { return resource.close(); }, std::move(waiting_for), std::move(omitted));
  }
  /// Armed with the deadline by trigger() and fail() themselves, on the caller's thread; told of each step.
  void guarded_by(watchdog& guard);
  /// Called on the strand at the moment of the trigger, before anything else (readiness goes off here).
  void on_trigger(std::function<void()> call);
  /// Called on the strand at the very end, after the last closer: cancel what keeps the control context running.
  void on_last(std::function<void()> call);

  /// Called for each report, a forced end's and one so far too: from any thread, must not block.
  void counts_spans(std::function<span_counts()> call);

  /// Where the stop is: for /status, the once-a-second progress line and the service manager.
  struct progress {
    progress() = default;

    std::string step;  ///< "running", "ready_delay", "listeners", "sessions", "background", "close redis", "done"
    std::string waiting_for;  ///< "http 2 busy (GET /slow 3.2 s), mongodb 1 op"
    milliseconds remaining{0};
    std::size_t open = 0;  ///< connections, requests, background tasks and resources: the stop advances as it falls
  };
  /// Called on the strand at the trigger and then once a second.
  void on_progress(std::function<void(const progress&)> call);

  /// Starts the stop; later calls are logged and change nothing, but for a `fast` one, which speeds it up. The time of
  /// the stop, or of the fast one, counts from `since`: the moment of the signal, if the caller comes to it only now.
  void trigger(stop_kind kind, std::string reason, clock::time_point since = clock::now());
  /// A runtime failure: an orderly stop, whose exit code is `failed` unless work is cut as well.
  void fail(std::string reason);
  /// The second Ctrl-C: report what is open, force_exit(code). On the caller's thread, so that nothing can hold it up.
  void force(int code, std::string reason);

  bool stopping() const noexcept;
  const budget& clock() const noexcept;

  progress snapshot() const;
  /// progress::step alone, which costs nothing however much is open.
  std::string step() const;
  /// The report as it stands: marked `so_far`, unless the last word is written.
  report so_far() const;

  /// Valid once the control context's run() has returned (or force_exit was called).
  const report& result() const noexcept;
  int exit_code() const noexcept { return result().exit_code; }
  /// True if something was left behind that must not be destroyed: force_exit was called.
  bool left_behind() const noexcept;

 private:
  void add_closer(std::string name, std::function<asio::awaitable<void>()> close,
                  std::function<std::string()> waiting_for, std::function<std::string()> omitted);

  class impl;
  std::shared_ptr<impl> impl_;  // shared with what is suspended in the io_context
};

/// One line for people: "stopping: http 2 busy (GET /slow 3.2 s), 4.1 s left".
std::string to_string(const shutdown::progress& where);

}  // namespace sundown::stop
