#include "process/heartbeat.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <utility>

namespace sundown::process {

/// Shared, since an answer may come long after anybody waits for it.
struct heartbeat::state {
  state(asio::io_context& c, std::vector<asio::io_context*> l, std::function<void()> call)
      : control(c), loops(std::move(l)), on_beat(std::move(call)), timer(c) {}

  asio::io_context& control;
  const std::vector<asio::io_context*> loops;
  std::function<void()> on_beat;
  asio::steady_timer timer;
  milliseconds interval{0};
  std::atomic<std::size_t> unanswered{0};
  bool stopped = false;
};

heartbeat::heartbeat(asio::io_context& control, std::vector<asio::io_context*> loops, std::function<void()> on_beat)
    : state_(std::make_shared<state>(control, std::move(loops), std::move(on_beat))) {}

heartbeat::~heartbeat() { stop(); }

void heartbeat::start(milliseconds interval) {
  if (interval <= milliseconds(0) || state_->stopped) return;
  state_->interval = interval;
  ask(state_);
  wait(state_);
}

void heartbeat::stop() {
  state_->stopped = true;
  state_->timer.cancel();
}

void heartbeat::ask(std::shared_ptr<state> self) {
  if (self->unanswered.load() != 0) return;  // the last question is still open: a loop is stuck
  self->unanswered.store(self->loops.size());
  for (auto* loop : self->loops) {
    asio::post(*loop, [self] {
      if (self->unanswered.fetch_sub(1) != 1) return;
      asio::post(self->control, [self] {
        if (!self->stopped) self->on_beat();
      });
    });
  }
}

void heartbeat::wait(std::shared_ptr<state> self) {
  self->timer.expires_after(self->interval);
  self->timer.async_wait([self](boost::system::error_code ec) {
    if (ec || self->stopped) return;
    wait(self);
    ask(self);
  });
}

}  // namespace sundown::process
