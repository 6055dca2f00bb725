#pragma once

#include <sundown/stop/shutdown.hpp>

#include "base/seldom.hpp"
#include "stop/alarm.hpp"
#include "stop/errand.hpp"

#include <boost/asio/strand.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::stop {

/// A resource's place in the closing order.
struct closer {
  std::string name;
  errand::function close;
  std::function<std::string()> waiting_for;  // empty if the resource doesn't say
  std::function<std::string()> omitted;      // likewise
  bool closed = false;                       // under the sequence's mutex
};

/// The stop itself: one linear coroutine on one strand (run() reads as the list of steps), and beside it, off the
/// strand, the two forced ends. What both sides touch is behind one mutex: the report, the step, who has ended it.
class sequence : public std::enable_shared_from_this<sequence> {
 public:
  sequence(asio::io_context& control, const stop_plan& plan, shutdown::force_exit_function force_exit);

  // On the strand.
  void begin(stop_kind kind, std::string reason, clock::time_point since);
  void fail(std::string reason);

  // From any thread.
  /// Before begin() has its turn on the strand: the watchdog is armed from here on, should that never come.
  void note_trigger(clock::time_point since);
  void force(int code, std::string trigger, std::string why);
  shutdown::progress snapshot() const;
  std::string step() const;
  report so_far() const;

  // Set before the run, not changed later.
  std::vector<drainable*> servers;
  std::vector<background*> tasks;
  std::vector<closer> closers;
  std::vector<std::function<void()>> on_trigger, on_last;
  std::vector<std::function<void(const shutdown::progress&)>> on_progress;
  watchdog* guard = nullptr;

  const asio::strand<asio::io_context::executor_type> strand;
  std::atomic<bool> triggered{false};
  std::atomic<bool> left_behind{false};
  budget clock;
  report result;  // under mutex_ until it is final

 private:
  /// Thrown by a wait when the end has been forced; only a test's force_exit returns to see it.
  struct overtaken {};

  // The steps (sequence.cpp).
  static asio::awaitable<void> run(std::shared_ptr<sequence> self);
  asio::awaitable<void> steps();
  void announce();
  asio::awaitable<void> ready_delay();
  asio::awaitable<void> close_listeners();
  asio::awaitable<void> drain_sessions();
  asio::awaitable<void> finish_background();
  void finish();
  // The closers (close_resources.cpp).
  asio::awaitable<void> close_resources();
  asio::awaitable<closer_result> close_one(std::size_t index);

  // Deadlines and forced ends (forced_end.cpp).
  void arm();
  void hurry(std::string_view reason, clock::time_point since);
  /// After a gap in which the process did not run: the rest of the stop has the moment that the watchdog gives it.
  void resume_after_gap();
  void watch_for_gaps();
  bool claim_end();
  void name_what_is_open(const std::string& why);
  void write_report(int code);  // the last change to it
  void stand_down();

  // Progress (progress.cpp).
  static asio::awaitable<void> tell_progress(std::shared_ptr<sequence> self);
  void enter(std::string step);
  void describe_to_guard() const;
  std::string waiting_for() const;
  std::size_t open() const;

  bool over() const;
  /// Changes the report, unless the end was forced meanwhile and it is final.
  template <class Change>
  void amend(Change change) {
    std::lock_guard lock(mutex_);
    if (ended_) throw overtaken{};
    change(result);
  }
  void record_failure(std::string what);
  std::shared_ptr<errand> start(errand::function work) { return errand::start(strand, std::move(work), bell_); }
  /// A short moment for something cancelled to unwind, such that all of them together end before the fallback.
  milliseconds moment(std::size_t still_to_come) const;

  /// Waits for the errand, at most until `limit()`, which is asked again at each wake-up: a fast stop brings it
  /// forward.
  template <class Limit>
  asio::awaitable<bool> ended(std::shared_ptr<errand> job, Limit limit) {
    while (!job->ended() && clock::now() < limit()) co_await sleep_until(limit());
    if (over()) throw overtaken{};
    co_return job->ended();
  }
  asio::awaitable<void> sleep_until(clock::time_point when);

  base::seldom repeats_{std::chrono::seconds(1)};
  const shutdown::force_exit_function force_exit_;
  const std::shared_ptr<alarm> bell_;
  // Armed on the strand; they fire beside it, on the control context.
  asio::steady_timer fallback_, gap_timer_;
  asio::steady_timer progress_timer_;
  std::vector<std::shared_ptr<errand>> listener_errands_;  // on the strand

  mutable std::mutex mutex_;
  bool ended_ = false;
  std::optional<clock::time_point> resumed_until_;
  std::string step_ = "running";
  clock::time_point step_begin_{};
  std::optional<std::size_t> closing_;  // index of the closer at work
  clock::time_point closing_since_{};
};

}  // namespace sundown::stop
