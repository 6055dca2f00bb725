#pragma once

#include "base/seldom.hpp"

#include <sundown/stop/budget.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>
#include <optional>

namespace sundown::stop {
class shutdown;
}

namespace sundown::process {

class signal_watch;

/// What the process's signals do, from the first lines of main to the last.
///
/// Create it on the control context before anything else; until bind() a stop signal is only remembered, and start-up
/// asks stop_requested() between its steps. After bind():
///
///   SIGTERM  orderly stop; repeated: logged only, since orchestrators may repeat it
///   SIGINT   interactive stop; pressed again (not within `bounce` of the last one): force(second_interrupt)
///   SIGQUIT  fast stop
///   SIGHUP   on_reload; never ends the process
///   SIGUSR2  on_upgrade
///   SIGPIPE  ignored: a peer that is gone is an error code of write, no reason to die
///   others   whose default is death and that tell of no crash (SIGUSR1, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR,
///            SIGSTKFLT, the real-time ones; those of the soft limits, SIGXCPU and SIGXFSZ: a write fails with EFBIG
///            then): ignored, the first of each with a line in the log
///
/// All but SIGPIPE are caught, not set to SIG_IGN: a program that a handler starts has the defaults again (execve(2)).
/// Signals are never raised again: as PID 1 that would hang. The set stays alive after stop_waiting(), so that a late
/// signal can't end a process that is about to end well.
/// Thread safety: all on the thread that runs the control context.
class signals {
 public:
  /// `bounce`: a SIGINT so soon after the last one is the same key press, or the terminal's and a wrapper's copy of it.
  explicit signals(boost::asio::io_context& control, milliseconds bounce = milliseconds(500));
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;

  /// A stop counts from the moment at which this one has seen its signal.
  void timed_by(const signal_watch& watch) { watch_ = &watch; }

  /// For start-up: has a stop signal come? Runs what the control context has ready, which is nothing but signals then.
  bool stop_requested();
  /// Remembered signals are delivered now.
  void bind(stop::shutdown& stop, std::function<void()> on_reload, std::function<void()> on_upgrade = {});
  /// Lets the control context run out of work: for shutdown::on_last. What comes from then on does nothing.
  void stop_waiting();

 private:
  void wait();
  void on_signal(int number);
  void on_interrupt();
  void on_no_stop(int number);
  void ignore(int number);
  clock::time_point stop_asked_at() const;
  clock::time_point quit_asked_at() const;

  boost::asio::io_context& control_;
  boost::asio::signal_set set_;
  const milliseconds bounce_;
  const signal_watch* watch_ = nullptr;
  stop::shutdown* stop_ = nullptr;
  std::function<void()> on_reload_, on_upgrade_;
  int remembered_ = 0;  // the first stop signal before bind()
  bool told_not_yet_ = false;
  bool done_ = false;
  std::optional<clock::time_point> last_interrupt_;
  base::seldom bounces_{std::chrono::seconds(1)};
};

}  // namespace sundown::process
