#pragma once

#include <sundown/stop/budget.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <atomic>
#include <optional>
#include <thread>

namespace sundown::stop {
class watchdog;
}

namespace sundown::process {

/// Blocks all signals in this thread, for good, and so in all threads that it starts. For the first lines of main: no
/// system call of the process is interrupted then (EINTR), and a late signal finds nobody to kill while the process
/// ends. The signal_watch takes them. Those by which the kernel tells of a crash stay as they are.
void block_signals() noexcept;

/// The thread that takes the process's signals, and sees the stop signals whatever the control plane does: by them the
/// watchdog is armed, so that a stop is bounded from the moment of its signal, even if nobody ever begins it.
///
/// What a signal does is the affair of `signals`, on the control plane. This is the same signal set on a context of its
/// own: Asio's handler runs on this thread, and each context hears of it.
/// Thread safety: everything from any thread.
class signal_watch {
 public:
  /// `bounce` as for `signals`.
  explicit signal_watch(stop::watchdog& last_resort, milliseconds bounce = milliseconds(500));
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  ~signal_watch();

  /// shutdown.total; before it is known its default counts.
  void plan(milliseconds total);
  /// When the first stop signal came, or the first SIGQUIT; now if none has.
  clock::time_point stop_asked_at() const noexcept;
  clock::time_point quit_asked_at() const noexcept;

 private:
  void wait();
  void on_signal(int number);
  void on_interrupt(clock::time_point now);

  stop::watchdog& last_resort_;
  const milliseconds bounce_;
  std::atomic<milliseconds> total_;
  std::atomic<clock::time_point> stop_asked_{}, quit_asked_{};
  std::optional<clock::time_point> last_interrupt_;
  boost::asio::io_context context_{1};
  boost::asio::signal_set set_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sundown::process
