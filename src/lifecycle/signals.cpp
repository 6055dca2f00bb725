#include "lifecycle/signals.hpp"

#include <sundown/lifecycle/shutdown.hpp>
#include <sundown/log.hpp>

#include <csignal>
#include <utility>

namespace sundown::lifecycle {

signals::signals(boost::asio::io_context& control, milliseconds bounce)
    : control_(control), set_(control, SIGINT, SIGTERM, SIGQUIT), bounce_(bounce) {
  set_.add(SIGHUP);
  set_.add(SIGUSR2);
  std::signal(SIGPIPE, SIG_IGN);
  wait();
}

bool signals::stop_requested() {
  control_.poll();
  return remembered_ != 0;
}

void signals::bind(shutdown& stop, std::function<void()> on_reload, std::function<void()> on_upgrade) {
  control_.poll();  // what has come until now counts as one stop signal, whatever was pressed how often
  stop_ = &stop;
  on_reload_ = std::move(on_reload);
  on_upgrade_ = std::move(on_upgrade);
  auto number = std::exchange(remembered_, 0);
  if (number == SIGINT)
    stop.trigger(stop_kind::interactive, "SIGINT");
  else if (number != 0)
    on_signal(number);
}

void signals::stop_waiting() { set_.cancel(); }

void signals::wait() {
  set_.async_wait([this](boost::system::error_code ec, int number) {
    if (ec) return;
    wait();
    on_signal(number);
  });
}

void signals::on_signal(int number) {
  if (number == SIGINT) return on_interrupt();
  if (number == SIGHUP || number == SIGUSR2) return on_no_stop(number);
  if (!stop_) {
    if (remembered_ == 0) remembered_ = number;
  } else if (number == SIGQUIT) {
    stop_->trigger(stop_kind::fast, "SIGQUIT");
  } else {
    stop_->trigger(stop_kind::orderly, "SIGTERM");
  }
}

void signals::on_no_stop(int number) {
  const auto& call = number == SIGHUP ? on_reload_ : on_upgrade_;
  if (call) return call();
  log::info(number == SIGHUP ? "SIGHUP: nothing to reload yet" : "SIGUSR2 ignored: not ready yet");
}

void signals::on_interrupt() {
  auto now = clock::now();
  bool again = last_interrupt_.has_value();
  bool too_soon = again && now - *last_interrupt_ < bounce_;
  if (too_soon) {
    log::info("SIGINT ignored: too soon after the last one; press again to force the exit");
    return;
  }
  last_interrupt_ = now;
  if (!stop_) {
    if (remembered_ == 0) remembered_ = SIGINT;
  } else if (again) {
    stop_->force(second_interrupt, "second SIGINT");
  } else {
    stop_->trigger(stop_kind::interactive, "SIGINT");
  }
}

}  // namespace sundown::lifecycle
