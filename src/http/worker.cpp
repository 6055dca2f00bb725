#include "http/worker.hpp"

#include "http/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <random>

namespace sundown::http::detail {

using namespace std::chrono_literals;

namespace {

/// A stop waits for no client that is gone: it looks for them more often.
constexpr auto look_while_stopping = 100ms;

std::uint64_t random_start() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

task<> run_session(std::unique_ptr<session> one) { co_await one->run(); }

}  // namespace

worker::worker(asio::io_context& context, const router& routes, const http_config& limits, const drain_state& drain,
               std::vector<worker_acceptor> acceptors, bool access_log, std::size_t spare_descriptors)
    : context_(context),
      routes_(routes),
      limits_(limits),
      drain_(drain),
      workspaces_(limits.header_limit),
      access_(access_log),
      sweep_timer_(context.get_executor()),
      flush_timer_(context.get_executor()),
      request_number_(random_start()),
      turns_(context.get_executor()) {
  for (auto& acceptor : acceptors) {
    listeners_.push_back(std::make_unique<listener>(std::move(acceptor), drain, spare_descriptors));
  }
}

clock::time_point worker::last_accepted() const noexcept {
  clock::time_point newest{};
  for (const auto& one : listeners_) newest = std::max(newest, one->last_accepted());
  return newest;
}

std::size_t worker::swept() const noexcept {
  std::size_t sum = 0;
  for (const auto& one : listeners_) sum += one->swept();
  return sum;
}

std::uint64_t worker::next_request_number() noexcept {
  // Weyl sequence: no two alike within 2^64, and neighbours don't look alike.
  return request_number_ += 0x9e3779b97f4a7c15;
}

void worker::finished(const route* to, unsigned status, std::chrono::nanoseconds took, std::uint64_t bytes,
                      bool whole) {
  counters_.count(to ? to->index : request_counters::no_route, status, took, bytes);
  if (whole && drain_.draining()) {
    const std::lock_guard lock(summary_mutex_);
    ++summary_.completed;
  }
}

void worker::log_access(const log::access_entry& entry) {
  if (!access_.add(entry)) return;
  if (drain_.draining()) return access_.flush();  // it may be the last moment
  // Under load a block is full before that. One for each round of the event loop would wake the log's thread far too
  // often.
  if (flush_pending_) return;
  flush_pending_ = true;
  flush_timer_.expires_after(5ms);
  flush_timer_.async_wait([this](boost::system::error_code) {
    flush_pending_ = false;
    access_.flush();
  });
}

void worker::cut(lifecycle::cut_work what) {
  log::warn("request cut", {{"request", what.what}, {"seconds", what.age}, {"why", what.why}});
  const std::lock_guard lock(summary_mutex_);
  summary_.cut.push_back(std::move(what));
}

void worker::refused() {
  const std::lock_guard lock(summary_mutex_);
  ++summary_.refused;
}

lifecycle::drain_summary worker::summary() const {
  const std::lock_guard lock(summary_mutex_);
  auto copy = summary_;
  copy.swept = swept();
  return copy;
}

void worker::start() {
  const auto most = limits_.max_connections;
  const auto full = [this, most] { return most != 0 && connections_.size() >= most; };
  const auto serve = [this](worker_socket socket) {
    accepted_.fetch_add(1, std::memory_order_relaxed);
    auto one = std::make_unique<session>(*this, std::move(socket));
    asio::co_spawn(executor(), run_session(std::move(one)), asio::detached);
  };
  for (const auto& one : listeners_) one->start(full, serve);
  asio::co_spawn(executor(), sweep(), asio::detached);
}

std::chrono::milliseconds worker::sweep_interval() const {
  const auto shortest = std::min(
      {limits_.header_timeout, limits_.idle_timeout, limits_.body_grace, limits_.stall_limit / 8, limits_.linger});
  return std::clamp(shortest / 4, 10ms, 1000ms);
}

task<> worker::sweep() {
  const auto interval = sweep_interval();
  while (!finished_) {
    const auto now = clock::now();
    const bool look = now >= next_look_;
    if (look) next_look_ = now + (drain_.draining() ? std::min(interval, look_while_stopping) : interval);
    auto nearest = clock::time_point::max();
    connections_.for_each([&](connection& one) {
      one.on_sweep(now, look);
      nearest = std::min(nearest, one.deadline());
    });
    // Coarse while serving; while stopping on the point, in steps of 5 ms so that many deadlines share a sweep.
    next_sweep_ = now + interval;
    if (drain_.draining()) next_sweep_ = std::min({next_sweep_, next_look_, std::max(nearest, now + 5ms)});
    sweep_timer_.expires_at(next_sweep_);
    const auto [early] = co_await sweep_timer_.async_wait(as_result);
    if (!early) note_lag(clock::now());
  }
}

void worker::note_lag(clock::time_point now) {
  const auto lag = std::chrono::nanoseconds(now - next_sweep_).count();
  if (lag > largest_lag_.load(std::memory_order_relaxed)) largest_lag_.store(lag, std::memory_order_relaxed);
}

void worker::add_to(server_figures& sum) {
  counters_.add_to(sum.routes);
  connections_.inspect(
      [&](const session_status& one) { ++sum.connections_by_phase[static_cast<std::size_t>(one.now())]; });
  sum.accepted += accepted_.load(std::memory_order_relaxed);
  sum.swept += swept();
  sum.largest_lag =
      std::max(sum.largest_lag, std::chrono::nanoseconds(largest_lag_.exchange(0, std::memory_order_relaxed)));
  const std::lock_guard lock(summary_mutex_);
  sum.cut += summary_.cut.size();
}

void worker::deadline_set(clock::time_point when) {
  if (!drain_.draining() || when >= next_sweep_) return;
  next_sweep_ = when;  // the sweep looks at all of them and sets it anew
  sweep_timer_.cancel();
}

void worker::announce() {
  const auto now = clock::now();
  access_.flush();
  connections_.for_each([now](connection& one) { one.on_announce(now); });
  next_look_ = now;
  sweep_timer_.cancel();
}

task<> worker::close_listeners() {
  ++closings_;
  for (const auto& one : listeners_) {
    const auto left = co_await one->close();
    if (left > 0) cut({std::to_string(left) + " in the accept queue", {}, "not accepted"});
  }
  --closings_;
  tell_if_empty();
}

void worker::end_idle() {
  const auto now = clock::now();
  connections_.for_each([now](connection& one) {
    // One that has just come is about to ask: a probe that found its connection closed would take us for down.
    if (!one.in_request() && one.now() != phase::linger && one.now() != phase::fresh) one.on_deadline(now);
  });
}

void worker::hard_cancel() {
  connections_.for_each([](connection& one) { one.on_hard_cancel(); });
}

void worker::abort_all(const char* why) {
  connections_.for_each([why](connection& one) { one.on_abort(why); });
}

void worker::when_empty(std::function<void()> call) {
  when_empty_ = std::move(call);
  tell_if_empty();
}

void worker::connection_ended() {
  for (const auto& one : listeners_) one->room_again();
  tell_if_empty();
}

void worker::tell_if_empty() {
  if (connections_.empty() && closings_ == 0 && when_empty_) std::exchange(when_empty_, nullptr)();
}

void worker::finish() {
  finished_ = true;
  connections_.for_each([](connection& one) { one.on_finish(); });
  sweep_timer_.cancel();
  flush_timer_.cancel();
  access_.flush();
}

}  // namespace sundown::http::detail
