#include "http/worker.hpp"

#include "http/session.hpp"
#include "stop/spawn_named.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <utility>

namespace sundown::http::detail {

using namespace std::chrono_literals;

namespace {

/// A stop waits for no client that is gone: it looks for them more often.
constexpr auto look_while_stopping = 100ms;
/// The look costs a system call for each connection with a handler: never more often while serving, however short the
/// limits that the sweep goes by.
constexpr auto look_while_serving = 500ms;

std::uint64_t random_start() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

task<> run_session(std::unique_ptr<session> one) { co_await one->run(); }

/// How much is lost when a connection in this phase is ended for another one's sake; nothing for one that can't be.
std::optional<int> loss(phase at) {
  switch (at) {
    case phase::fresh:
    case phase::idle:
    case phase::linger:
      return 0;
    case phase::head:
    case phase::body:
      return 1;
    case phase::answer:
    case phase::stream:
      return 2;
    case phase::handler:
    case phase::websocket:
      break;
  }
  return std::nullopt;
}

}  // namespace

worker::worker(asio::io_context& context, const router& routes, const http_config& limits, const drain_state& drain,
               std::vector<worker_acceptor> acceptors, options how)
    : context_(context),
      routes_(routes),
      limits_(limits),
      drain_(drain),
      how_(std::move(how)),
      workspaces_(limits.header_limit),
      access_(how_.access_log),
      sweep_timer_(context.get_executor()),
      flush_timer_(context.get_executor()),
      request_number_(random_start()),
      turns_(context.get_executor()) {
  for (auto& acceptor : acceptors) {
    listeners_.push_back(std::make_unique<listener>(std::move(acceptor), drain, how_.spare_descriptors));
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
  flush_timer_.expires_after(5ms);
  flush_timer_.async_wait([this](boost::system::error_code) {
    flush_pending_ = false;
    access_.flush();
  });
  flush_pending_ = true;
}

void worker::cut(stop::cut_work what) {
  cut_.fetch_add(1, std::memory_order_relaxed);
  log::warn("request cut", {{"request", what.what}, {"seconds", what.age}, {"why", what.why}});
  if (!drain_.draining()) return;
  const std::lock_guard lock(summary_mutex_);
  summary_.cut.push_back(std::move(what));
}

void worker::refused() {
  const std::lock_guard lock(summary_mutex_);
  ++summary_.refused;
}

stop::drain_summary worker::summary() const {
  const std::lock_guard lock(summary_mutex_);
  auto copy = summary_;
  copy.swept = swept();
  return copy;
}

void worker::start() {
  std::function<bool()> room;
  if (how_.ends_idle) room = [this] { return make_room(); };
  for (const auto& one : listeners_) {
    one->start({[this] { return full(); }, room, [this](worker_socket socket) { accept(std::move(socket)); },
                how_.on_failure});
  }
  start_sweep();
}

void worker::accept(worker_socket socket) {
  accepted_.fetch_add(1, std::memory_order_relaxed);
  auto one = std::make_unique<session>(*this, std::move(socket));
  stop::spawn_named("a connection", executor(), run_session(std::move(one)));
  start_sweep();
}

bool worker::full() const noexcept {
  const auto most = limits_.max_connections;
  return most != 0 && connections_.size() >= most;
}

bool worker::make_room() {
  connection* spared = nullptr;
  std::pair<int, clock::time_point> least{};
  connections_.for_each([&](connection& one) {
    const auto lost = loss(one.now());
    if (!lost) return;
    const std::pair how_much{*lost, one.active_at()};
    if (spared && how_much >= least) return;
    spared = &one;
    least = how_much;
  });
  if (spared) spared->on_room_wanted();
  return spared != nullptr;
}

std::chrono::milliseconds worker::sweep_interval() const {
  const auto shortest = std::min(
      {limits_.header_timeout, limits_.idle_timeout, limits_.body_grace, limits_.stall_limit / 8, limits_.linger});
  return std::clamp(shortest / 4, 10ms, 1000ms);
}

template <class Call>
void worker::with_each(Call call) noexcept {
  connections_.for_each([&](connection& one) {
    try {
      call(one);
    } catch (...) {
      log::report_failure("a connection's deadline or end", std::current_exception());
    }
  });
}

void worker::start_sweep() noexcept {
  if (!finished_) sweep_loop_.start(executor(), [this] { return sweep(); });
}

task<> worker::sweep() {
  const auto interval = sweep_interval();
  while (!finished_) {
    const auto now = clock::now();
    const bool look = now >= next_look_;
    if (look)
      next_look_ =
          now + (drain_.draining() ? std::min(interval, look_while_stopping) : std::max(interval, look_while_serving));
    auto nearest = clock::time_point::max();
    with_each([&](connection& one) {
      one.on_sweep(now, look);
      nearest = std::min(nearest, one.deadline());
    });
    for (const auto& one : listeners_) one->revive();
    tell_if_empty();
    // Coarse while serving; while stopping on the point, in steps of 5 ms so that many deadlines share a sweep.
    next_sweep_ = now + interval;
    if (drain_.draining()) next_sweep_ = std::min({next_sweep_, next_look_, std::max(nearest, now + 5ms)});
    sweep_timer_.expires_at(next_sweep_);
    lag_.expect(next_sweep_);
    const auto [early] = co_await sweep_timer_.async_wait(sweep_loop_.hold(as_result));
    if (!early) lag_.ran(clock::now());
  }
}

void worker::add_to(server_figures& sum) const {
  counters_.add_to(sum.routes);
  for (std::size_t i = 0; i < phase_count; ++i) sum.connections_by_phase[i] += phases_.in(static_cast<phase>(i));
  sum.requests += phases_.requests();
  sum.accepted += accepted_.load(std::memory_order_relaxed);
  sum.swept += swept();
  sum.largest_lag = std::max(sum.largest_lag, lag_.largest(clock::now()));
  sum.cut += cut_.load(std::memory_order_relaxed);
}

void worker::deadline_set(clock::time_point when) {
  if (!drain_.draining() || when >= next_sweep_) return;
  next_sweep_ = when;  // the sweep looks at all of them and sets it anew
  sweep_timer_.cancel();
}

void worker::announce() {
  const auto now = announced_at_ = clock::now();
  with_each([now](connection& one) { one.on_announce(now); });
  next_look_ = now;
  sweep_timer_.cancel();
  access_.flush();
}

task<> worker::close_listeners(listener::patience how) {
  ++closings_;
  try {
    for (const auto& one : listeners_) {
      const auto left = co_await one->close(how);
      if (left > 0) cut({std::to_string(left) + " in the accept queue", {}, "not accepted"});
    }
  } catch (...) {
    log::report_failure("closing a listener", std::current_exception());
  }
  --closings_;
  tell_if_empty();
}

void worker::end_idle() {
  const auto now = clock::now();
  with_each([now](connection& one) {
    // One that has just come is about to ask: a probe that found its connection closed would take us for down.
    if (!one.in_request() && one.now() != phase::linger && one.now() != phase::fresh) one.on_deadline(now);
  });
}

void worker::hard_cancel() {
  with_each([](connection& one) { one.on_hard_cancel(); });
}

void worker::abort_all(const std::string& why) {
  with_each([&why](connection& one) { one.on_abort(why.c_str()); });
}

void worker::when_empty(std::function<void()> call) {
  when_empty_ = std::move(call);
  tell_if_empty();
}

void worker::connection_ended() noexcept {
  for (const auto& one : listeners_) one->room_again();
  tell_if_empty();
}

/// Whoever waits is told again by the next sweep where there was no memory to.
void worker::tell_if_empty() noexcept {
  if (!connections_.empty() || closings_ != 0 || !when_empty_) return;
  try {
    when_empty_();
    when_empty_ = nullptr;
  } catch (...) {
    log::report_failure("telling that all connections have ended", std::current_exception());
  }
}

void worker::finish() {
  finished_ = true;
  lag_.expect({});
  with_each([](connection& one) { one.on_finish(); });
  sweep_timer_.cancel();
  flush_timer_.cancel();
  access_.flush();
}

}  // namespace sundown::http::detail
