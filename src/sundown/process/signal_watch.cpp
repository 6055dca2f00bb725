#include "process/signal_watch.hpp"

#include "base/start_thread.hpp"
#include "log/failure.hpp"
#include "stop/watchdog.hpp"

#include <sundown/config.hpp>
#include <sundown/stop/report.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>

#include <pthread.h>

namespace sundown::process {

using namespace std::chrono_literals;

namespace {

/// For the exit that a SIGQUIT, or a second SIGINT, asks for, if the control plane doesn't hear it.
constexpr auto fast_limit = 1s;

/// Those by which the kernel tells of a crash.
constexpr std::array crashes{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};

/// Every signal that has a handler is ignored from now on, but for those of a crash.
void ignore_what_is_caught() noexcept {
  for (int number = 1; number < NSIG; ++number) {
    if (std::ranges::find(crashes, number) != crashes.end()) continue;
    struct sigaction now;
    if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler != SIG_DFL) std::signal(number, SIG_IGN);
  }
}

clock::time_point or_now(clock::time_point asked) noexcept {
  return asked == clock::time_point{} ? clock::now() : asked;
}

}  // namespace

void block_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  for (const int crash : crashes) sigdelset(&all, crash);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

signal_watch::signal_watch(stop::watchdog& last_resort, milliseconds bounce)
    : last_resort_(last_resort),
      bounce_(bounce),
      total_(shutdown_config{}.total),
      set_(context_, SIGINT, SIGTERM, SIGQUIT) {
  wait();
  thread_ = base::start_thread("signals", [this] {
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    try {
      context_.run();
    } catch (...) {  // no memory to wait for the next signal; the last one has armed the watchdog
      log::report_failure("taking signals", std::current_exception());
    }
  });
}

signal_watch::~signal_watch() {
  context_.stop();
  ignore_what_is_caught();  // under a flood of signals the thread would never leave their handlers
  thread_.join();
}

void signal_watch::plan(milliseconds total) {
  total_ = total;
  const auto asked = stop_asked_.load();
  if (asked == clock::time_point{}) return;
  last_resort_.disarm();
  last_resort_.arm(asked + total, stop::watchdog_fired);
}

clock::time_point signal_watch::stop_asked_at() const noexcept { return or_now(stop_asked_); }

clock::time_point signal_watch::quit_asked_at() const noexcept { return or_now(quit_asked_); }

void signal_watch::wait() {
  set_.async_wait([this](boost::system::error_code ec, int number) {
    if (ec) return;
    on_signal(number);
    wait();
  });
}

void signal_watch::on_signal(int number) {
  const auto now = clock::now();
  auto never = clock::time_point{};
  if (stop_asked_.compare_exchange_strong(never, now)) last_resort_.arm(now + total_.load(), stop::watchdog_fired);
  if (number == SIGQUIT) {
    never = clock::time_point{};
    quit_asked_.compare_exchange_strong(never, now);
    last_resort_.arm(now + std::min<milliseconds>(fast_limit, total_), stop::watchdog_fired);
  } else if (number == SIGINT) {
    on_interrupt(now);
  }
}

// By the same rule as on the control plane, which exits at once.
void signal_watch::on_interrupt(clock::time_point now) {
  if (last_interrupt_ && now - *last_interrupt_ < bounce_) return;
  if (last_interrupt_) last_resort_.arm(now + fast_limit, stop::second_interrupt);
  last_interrupt_ = now;
}

}  // namespace sundown::process
