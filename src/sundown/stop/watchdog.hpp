#pragma once

#include <sundown/stop/budget.hpp>

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

namespace sundown::stop {

/// The last resort behind the stop: a plain thread that ends the process at the deadline, whatever the rest of it does.
///
/// It depends on nothing that can be stuck: no executor, no allocation, no logger. When it fires it has a message that
/// was prepared earlier written to stderr, by a second thread, since whoever reads that may be stuck too; after a tenth
/// of a second it calls _exit in any case. Start it first, before any other thread, and keep it until the last line of
/// main: armed, it also covers blocking destructors. All signals are blocked in its threads.
///
/// Time in which the process did not run (SIGSTOP, docker pause, a snapshot of its machine) is nobody's fault: armed,
/// it looks fifty times a second, and where such a gap reaches over the deadline, or nearly, the stop gets a moment to
/// end in its order and to report. The moment is as long as the gap, at most a second, and over all gaps of a stop
/// together no more than a second of running time.
/// Thread safety: everything from any thread.
class watchdog {
 public:
  using exit_function = std::function<void(int)>;

  /// `exit_now` is injected by tests; by default it is _exit.
  explicit watchdog(exit_function exit_now = {});
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  /// Disarms and joins; does not fire.
  ~watchdog();

  /// Fires at `deadline` with that exit code, unless it is armed for an earlier one, or a gap has extended that.
  void arm(clock::time_point deadline, int code);
  void disarm();
  /// Until it fires; negative if it is about to, nothing when it isn't armed.
  std::optional<milliseconds> time_left() const;
  /// For how long something may take that has to end before it fires: `most`, or nearly all of the time that is left.
  milliseconds time_for(milliseconds most) const;
  /// The deadline that a gap has extended; nothing if none has. Notices a gap that has just ended.
  std::optional<clock::time_point> extended_to();
  /// What is going on, for the message: the step, the routes. Cut at the buffer's end.
  void describe(std::string_view now);

 private:
  void wait();
  void look_for_gap(clock::time_point now);
  void fire(std::unique_lock<std::mutex>& lock);
  void tell();
  void end() noexcept;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool quit_ = false;
  std::optional<clock::time_point> deadline_;
  int code_ = 0;
  clock::time_point last_look_{};
  bool extended_ = false;
  clock::duration extra_;  // what gaps may still add
  bool firing_ = false, told_ = false;
  std::array<char, 512> message_;
  std::size_t length_ = 0;
  exit_function exit_now_;
  std::thread thread_, teller_;  // last: they use all of the above
};

}  // namespace sundown::stop
