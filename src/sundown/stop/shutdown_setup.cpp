#include "stop/shutdown_impl.hpp"

#include <utility>

// The outside of the stop: what it is made of, before it runs, and what is asked of it, from any thread.

namespace sundown::stop {

shutdown::impl::impl(asio::io_context& control, const stop_plan& plan, force_exit_function force_exit)
    : force_exit_(std::move(force_exit)),
      strand_(asio::make_strand(control)),
      fallback_(control),
      gap_timer_(control),
      progress_timer_(strand_),
      stop_clock_(plan) {}

shutdown::shutdown(asio::io_context& control, const stop_plan& plan, force_exit_function force_exit)
    : impl_(std::make_shared<impl>(control, plan, std::move(force_exit))) {}

shutdown::~shutdown() = default;

void shutdown::drains(drainable& server) { impl_->servers_.push_back(&server); }

void shutdown::finishes(background& tasks) { impl_->tasks_.push_back(&tasks); }

void shutdown::add_closer(std::string name, std::function<asio::awaitable<void>()> close,
                          std::function<std::string()> waiting_for, std::function<std::string()> omitted) {
  impl_->closers_.push_back({std::move(name), std::move(close), std::move(waiting_for), std::move(omitted)});
}

void shutdown::guarded_by(watchdog& guard) { impl_->guard_ = &guard; }

void shutdown::on_trigger(std::function<void()> call) { impl_->on_trigger_.push_back(std::move(call)); }

void shutdown::on_last(std::function<void()> call) { impl_->on_last_.push_back(std::move(call)); }

void shutdown::on_progress(std::function<void(const progress&)> call) {
  impl_->on_progress_.push_back(std::move(call));
}

void shutdown::counts_spans(std::function<span_counts()> call) { impl_->count_spans_ = std::move(call); }

bool shutdown::stopping() const noexcept { return impl_->triggered_.load(std::memory_order_acquire); }

const budget& shutdown::clock() const noexcept { return impl_->stop_clock_; }

shutdown::progress shutdown::snapshot() const { return impl_->snapshot(); }

std::string shutdown::step() const { return impl_->step_text(); }

report shutdown::so_far() const { return impl_->so_far(); }

const report& shutdown::result() const noexcept { return impl_->report_; }

bool shutdown::left_behind() const noexcept { return impl_->left_behind_.load(std::memory_order_acquire); }

}  // namespace sundown::stop
