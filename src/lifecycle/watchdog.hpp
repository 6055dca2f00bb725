#pragma once

#include <sundown/lifecycle/budget.hpp>

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

namespace sundown::lifecycle {

/// The last resort behind the stop: a plain thread that ends the process at the deadline, whatever the rest of it does.
///
/// It depends on nothing that can be stuck: no executor, no allocation, no logger. When it fires it writes a message
/// that was prepared earlier to stderr with write(2), then calls _exit. Start it first, before any other thread, and
/// keep it until the last line of main: armed, it also covers blocking destructors and static destruction. All signals
/// are blocked in its thread. Thread safety: everything from any thread.
class watchdog {
 public:
  using exit_function = std::function<void(int)>;

  /// `exit_now` is injected by tests; by default it is _exit.
  explicit watchdog(exit_function exit_now = {});
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  /// Disarms and joins; does not fire.
  ~watchdog();

  /// Fires at `deadline` with that exit code; replaces an earlier deadline.
  void arm(clock::time_point deadline, int code);
  void disarm();
  /// Until it fires; negative if it is about to, nothing when it isn't armed.
  std::optional<milliseconds> time_left() const;
  /// What is going on, for the message: the step, the routes. Cut at the buffer's end.
  void describe(std::string_view now);

 private:
  void wait();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool quit_ = false;
  std::optional<clock::time_point> deadline_;
  int code_ = 0;
  std::array<char, 512> message_;
  std::size_t length_ = 0;
  exit_function exit_now_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sundown::lifecycle
