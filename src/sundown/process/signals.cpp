#include "process/signals.hpp"

#include "process/signal_watch.hpp"

#include <sundown/log.hpp>
#include <sundown/stop/shutdown.hpp>

#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

namespace sundown::process {

namespace {

std::vector<int> deadly_by_default() {
  std::vector<int> all{SIGUSR1, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXCPU, SIGXFSZ};
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) all.push_back(number);
  return all;
}

std::string name_of(int number) {
  if (number >= SIGRTMIN) return "SIGRTMIN+" + std::to_string(number - SIGRTMIN);
  const char* const name = ::sigabbrev_np(number);
  return name ? std::string("SIG") + name : std::to_string(number);
}

extern "C" void sundown_take_no_notice(int) {}

}  // namespace

signals::signals(boost::asio::io_context& control, milliseconds bounce)
    : control_(control), set_(control, SIGINT, SIGTERM, SIGQUIT), bounce_(bounce) {
  set_.add(SIGHUP);
  set_.add(SIGUSR2);
  for (const int number : deadly_by_default()) {
    boost::system::error_code not_there;  // Valgrind keeps one of them to itself
    set_.add(number, not_there);
  }
  std::signal(SIGPIPE, SIG_IGN);
  wait();
}

bool signals::stop_requested() {
  control_.poll();
  return remembered_ != 0;
}

void signals::bind(stop::shutdown& stop, std::function<void()> on_reload, std::function<void()> on_upgrade) {
  control_.poll();  // what has come until now counts as one stop signal, whatever was pressed how often
  stop_ = &stop;
  on_reload_ = std::move(on_reload);
  on_upgrade_ = std::move(on_upgrade);
  auto number = std::exchange(remembered_, 0);
  if (number == SIGINT)
    stop.trigger(stop::stop_kind::interactive, "SIGINT", stop_asked_at());
  else if (number != 0)
    on_signal(number);
}

void signals::stop_waiting() {
  done_ = true;
  set_.cancel();
}

void signals::wait() {
  set_.async_wait([this](boost::system::error_code ec, int number) {
    if (ec || done_) return;  // a signal may have come before the cancel, and its handler come after it
    wait();
    on_signal(number);
  });
}

void signals::on_signal(int number) {
  if (number == SIGINT) return on_interrupt();
  if (number == SIGHUP || number == SIGUSR2) return on_no_stop(number);
  if (number != SIGTERM && number != SIGQUIT) return ignore(number);
  if (!stop_) {
    if (remembered_ == 0) remembered_ = number;
  } else if (number == SIGQUIT) {
    stop_->trigger(stop::stop_kind::fast, "SIGQUIT", quit_asked_at());
  } else {
    stop_->trigger(stop::stop_kind::orderly, "SIGTERM", stop_asked_at());
  }
}

// The first of its number. The rest of a flood has no way to us: it would fill Asio's pipe, which a SIGTERM needs too.
void signals::ignore(int number) {
  std::signal(number, sundown_take_no_notice);
  log::warn("signal ignored, as every further one like it", {{"signal", name_of(number)}});
}

clock::time_point signals::stop_asked_at() const { return watch_ ? watch_->stop_asked_at() : clock::now(); }

clock::time_point signals::quit_asked_at() const { return watch_ ? watch_->quit_asked_at() : clock::now(); }

void signals::on_no_stop(int number) {
  const auto& call = number == SIGHUP ? on_reload_ : on_upgrade_;
  if (call) return call();
  if (std::exchange(told_not_yet_, true)) return;
  log::info(number == SIGHUP ? "SIGHUP: nothing to reload yet" : "SIGUSR2 ignored: not ready yet");
}

void signals::on_interrupt() {
  auto now = clock::now();
  bool again = last_interrupt_.has_value();
  bool too_soon = again && now - *last_interrupt_ < bounce_;
  if (too_soon) {
    if (bounces_.due()) log::info("SIGINT ignored: too soon after the last one; press again to force the exit");
    return;
  }
  last_interrupt_ = now;
  if (!stop_) {
    if (remembered_ == 0) remembered_ = SIGINT;
  } else if (again) {
    stop_->force(stop::second_interrupt, "second SIGINT");
  } else {
    stop_->trigger(stop::stop_kind::interactive, "SIGINT", stop_asked_at());
  }
}

}  // namespace sundown::process
