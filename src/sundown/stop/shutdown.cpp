#include <sundown/stop/shutdown.hpp>

#include "stop/sequence.hpp"

#include <boost/asio/post.hpp>

namespace sundown::stop {

shutdown::shutdown(asio::io_context& control, const stop_plan& plan, force_exit_function force_exit)
    : sequence_(std::make_shared<sequence>(control, plan, std::move(force_exit))) {}

shutdown::~shutdown() = default;

void shutdown::drains(drainable& server) { sequence_->servers.push_back(&server); }

void shutdown::finishes(background& tasks) { sequence_->tasks.push_back(&tasks); }

void shutdown::guarded_by(watchdog& guard) { sequence_->guard = &guard; }

void shutdown::on_trigger(std::function<void()> call) { sequence_->on_trigger.push_back(std::move(call)); }

void shutdown::on_last(std::function<void()> call) { sequence_->on_last.push_back(std::move(call)); }

void shutdown::on_progress(std::function<void(const progress&)> call) {
  sequence_->on_progress.push_back(std::move(call));
}

void shutdown::add_closer(std::string name, std::function<asio::awaitable<void>()> close,
                          std::function<std::string()> waiting_for, std::function<std::string()> omitted) {
  sequence_->closers.push_back({std::move(name), std::move(close), std::move(waiting_for), std::move(omitted), false});
}

// The posted calls own the sequence, so a late one meets no dead object.
void shutdown::trigger(stop_kind kind, std::string reason, clock::time_point since) {
  sequence_->note_trigger(since);
  asio::post(sequence_->strand, [self = sequence_, kind, reason = std::move(reason), since]() mutable {
    self->begin(kind, std::move(reason), since);
  });
}

void shutdown::fail(std::string reason) {
  sequence_->note_trigger(clock::now());
  asio::post(sequence_->strand,
             [self = sequence_, reason = std::move(reason)]() mutable { self->fail(std::move(reason)); });
}

void shutdown::force(int code, std::string reason) {
  sequence_->triggered.store(true, std::memory_order_release);
  sequence_->force(code, std::move(reason), "second interrupt");
}

bool shutdown::stopping() const noexcept { return sequence_->triggered.load(std::memory_order_acquire); }

const budget& shutdown::clock() const noexcept { return sequence_->clock; }

shutdown::progress shutdown::snapshot() const { return sequence_->snapshot(); }

std::string shutdown::step() const { return sequence_->step(); }

report shutdown::so_far() const { return sequence_->so_far(); }

const report& shutdown::result() const noexcept { return sequence_->result; }

bool shutdown::left_behind() const noexcept { return sequence_->left_behind.load(std::memory_order_acquire); }

}  // namespace sundown::stop
