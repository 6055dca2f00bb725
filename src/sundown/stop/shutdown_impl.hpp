#pragma once

#include <sundown/stop/shutdown.hpp>

#include "base/seldom.hpp"
#include "stop/event.hpp"
#include "stop/task_handle.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::stop {

/// Where the stop is, in the order of the steps.
enum class step { running, announce, ready_delay, listeners, sessions, background, closers, done };

/// As the log, the report and /status name it.
constexpr const char* name_of(step which) noexcept {
  constexpr std::array names{"running",  "announce",   "ready_delay", "listeners",
                             "sessions", "background", "closers",     "done"};
  return names[static_cast<std::size_t>(which)];
}

/// A resource's place in the closing order.
struct closer {
  std::string name;
  task_handle::function close;
  std::function<std::string()> waiting_for;  // empty if the resource doesn't say
  std::function<std::string()> omitted;      // likewise
  bool closed = false;                       // under the stop's mutex
};

/// The stop itself: one linear coroutine on one strand (shutdown.cpp, which reads from top to bottom), and beside it,
/// off the strand, the forced ends (forced_end.cpp). What both sides touch is behind one mutex: the report, the step,
/// the claim to the end.
class shutdown::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(asio::io_context& control, const stop_plan& plan, force_exit_function force_exit);

 private:
  friend class shutdown;

  /// Thrown by a wait when the end has been forced; only a test's force_exit returns to see it.
  struct overtaken {};

  // The sequence (shutdown.cpp): on the strand, but for the first.
  /// Before begin() has its turn on the strand: the watchdog is armed from here on, should that never come.
  void note_trigger(clock::time_point since);
  void begin(stop_kind kind, std::string reason, clock::time_point since);
  void fail(std::string reason);
  /// Sets the deadline: the fallback's timer and the watchdog.
  void arm();
  static asio::awaitable<void> run(std::shared_ptr<impl> self);
  asio::awaitable<void> steps();
  void enter(stop::step next);
  void announce();
  asio::awaitable<void> ready_delay();
  asio::awaitable<void> close_listeners();
  asio::awaitable<void> drain_sessions();
  asio::awaitable<void> finish_background();
  asio::awaitable<void> close_resources();
  asio::awaitable<closer_result> close_one(std::size_t index);
  void finish();
  /// True for the first caller, on any thread: the end is this one's to write.
  bool claim_end();
  bool over() const;
  void write_report(int code);  // the last change to it
  void stand_down();

  /// Calls all of them; a failure is recorded, and holds up none of the others.
  void call_all(const std::vector<std::function<void()>>& calls);
  void record_failure(std::string what);
  /// Changes the report, unless the end was forced meanwhile and it is final.
  template <class Change>
  void amend(Change change) {
    const std::lock_guard lock(mutex_);
    if (ended_) throw overtaken{};
    change(report_);
  }
  std::shared_ptr<task_handle> start(task_handle::function work) {
    return task_handle::start(strand_, std::move(work), wakeup_);
  }
  /// Waits for the task, at most until `limit()`, which is asked again at each wake-up: a fast stop brings it forward.
  template <class Limit>
  asio::awaitable<bool> ended(std::shared_ptr<task_handle> task, Limit limit) {
    while (!task->ended() && clock::now() < limit()) co_await sleep_until(limit());
    if (over()) throw overtaken{};
    co_return task->ended();
  }
  /// Sleeps until the limit or a wake-up: a task has ended, the time line has moved, the end has been forced.
  asio::awaitable<void> sleep_until(clock::time_point limit);

  // What comes in its way (forced_end.cpp): a forced end, from any thread; a fast stop; a gap in the running time.
  void force(int code, std::string trigger, std::string why);
  void name_what_is_open(const std::string& why);
  void hurry(std::string_view reason, clock::time_point since);
  void watch_for_gaps();
  /// After a gap in which the process did not run: the rest of the stop has the moment that the watchdog gives it.
  void resume_after_gap();
  /// A short moment for something cancelled to unwind, such that all of them together end before the fallback.
  milliseconds moment(std::size_t still_to_come) const;

  // What is told of it (progress.cpp).
  static asio::awaitable<void> tell_progress(std::shared_ptr<impl> self);
  void describe_to_guard() const;
  std::string step_text() const;
  std::string waiting_for() const;
  std::size_t open() const;
  progress snapshot() const;
  report so_far() const;
  /// With the moment, and what is counted elsewhere. Under the mutex, or before another thread sees the report.
  void stamp(report& what) const;

  // Set before the run, not changed later.
  std::vector<drainable*> servers_;
  std::vector<background*> tasks_;
  std::vector<closer> closers_;
  std::vector<std::function<void()>> on_trigger_, on_last_;
  std::vector<std::function<void(const progress&)>> on_progress_;
  std::function<span_counts()> count_spans_;
  watchdog* guard_ = nullptr;
  const force_exit_function force_exit_;

  const asio::strand<asio::io_context::executor_type> strand_;
  const event wakeup_;
  // Armed on the strand; they fire beside it, on the control context.
  asio::steady_timer fallback_, gap_timer_;
  asio::steady_timer progress_timer_;
  base::seldom repeats_{std::chrono::seconds(1)};
  std::vector<std::shared_ptr<task_handle>> closing_listeners_;  // on the strand

  budget stop_clock_;
  std::atomic<bool> triggered_{false};
  std::atomic<bool> left_behind_{false};

  mutable std::mutex mutex_;
  bool ended_ = false;
  report report_;
  stop::step step_ = step::running;
  clock::time_point step_begin_{};
  std::optional<std::size_t> closing_;  // index of the closer at work
  clock::time_point closing_since_{};
  std::optional<clock::time_point> resumed_until_;
};

}  // namespace sundown::stop
