#include "http/admission.hpp"

#include "http/connection.hpp"
#include "http/exchange.hpp"
#include "http/turns.hpp"

#include <sundown/pressure.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace sundown::http::detail {

using namespace std::chrono_literals;

namespace {

/// How long a request waits at most in a queue that is over-full: about as long as one that is worth waiting for.
constexpr milliseconds over_full_wait = 2ms;
/// The part of http.queue_wait that counts as a long wait.
constexpr int long_wait_part = 10;
/// An over-full queue is one no more when fewer of those who came than this part were sent away in one http.queue_wait.
constexpr std::size_t still_shed_part = 4;
/// Between two looks at what gives no sign when it has room.
constexpr milliseconds queue_look = 2ms;

}  // namespace

void admission_pass::give_back() noexcept { std::exchange(gives_, nullptr)->release(*scope_); }

admission::admission(const worker_executor& executor, const http_config& limits, admission_shares& shares)
    : executor_(executor),
      limits_(limits),
      shares_(shares),
      longest_((limits.queue + shares.workers - 1) / shares.workers),
      timer_(executor) {
  shares_.members.push_back(this);
}

/// A coroutine that waits is destroyed with its handler, and its request with it.
admission::~admission() {
  for (auto& queue : lanes_) {
    while (!queue.waiting.empty()) {
      auto& entry = queue.waiting.front();
      take_out(queue, entry);
      const auto ended = std::move(entry.resume);
    }
  }
}

bool admission::is_needed(const http_config& limits, const router& routes) {
  if (limits.max_requests != 0) return true;
  return std::any_of(routes.routes().begin(), routes.routes().end(),
                     [](const auto& each) { return each->scope->is_limited(); });
}

// -- what comes

admission::lane& admission::lane_of(const route_scope& scope) {
  while (lanes_.size() <= scope.lane) lanes_.emplace_back();
  return lanes_[scope.lane];
}

admission::verdict admission::refuse(lane& queue, queued_request& entry) noexcept {
  entry.why = shed_reason::queue_full;
  ++queue.shed;
  count(entry.why);
  return verdict::shed;
}

admission::verdict admission::enter(exchange& current, queued_request& entry) {
  const auto& match = *current.match;
  const auto& scope = *match.scope;
  current.admitted = true;
  // A WebSocket may stay for ever.
  if (scope.unqueued || std::holds_alternative<websocket_handler>(match.call)) return verdict::admitted;
  if (limits_.max_requests == 0 && !scope.is_limited()) return verdict::admitted;
  auto& queue = lane_of(scope);
  ++queue.arrived;
  if (longest_ == 0) {  // no queue: now or never
    if (take_place(scope) != obstacle::none) return refuse(queue, entry);
    current.pass = admission_pass(*this, scope);
    admitted_.fetch_add(1, std::memory_order_relaxed);
    return verdict::admitted;
  }
  if (queue.waiting.size() >= longest_) {
    if (!queue.over_full) return refuse(queue, entry);
    shed(queue, queue.waiting.front(), shed_reason::queue_full);
  }
  entry.current = &current;
  entry.since = clock::now();
  entry.how = queued_request::outcome::waits;
  entry.linked = true;
  queue.waiting.push_back(entry);
  waiting_.fetch_add(1, std::memory_order_relaxed);
  schedule();
  return verdict::waits;
}

task<> admission::wait(queued_request& entry) {
  // Where there is no memory for that, the request must not stay in the queue.
  const auto begin = [&entry](auto resume) {
    entry.resume = boost::asio::any_completion_handler<void()>(std::move(resume));
  };
  try {
    co_await boost::asio::async_initiate<decltype(use_task), void()>(begin, use_task);
  } catch (...) {
    forget(entry);
    throw;
  }
}

void admission::forget(queued_request& entry) noexcept {
  if (!entry.linked) return;
  take_out(lanes_[entry.current->match->scope->lane], entry);
  const auto ended = std::move(entry.resume);
}

void admission::drop(queued_request& entry) {
  if (!entry.linked) return;
  take_out(lanes_[entry.current->match->scope->lane], entry);
  entry.how = queued_request::outcome::gone;
  boost::asio::post(executor_, [resume = std::move(entry.resume)]() mutable { std::move(resume)(); });
}

// -- what goes

void admission::take_out(lane& queue, queued_request& entry) noexcept {
  queue.waiting.erase(queue.waiting.iterator_to(entry));
  entry.linked = false;
  waiting_.fetch_sub(1, std::memory_order_relaxed);
}

void admission::finish(queued_request& entry, queued_request::outcome how) {
  entry.how = how;
  auto resume = std::move(entry.resume);
  std::move(resume)();
}

void admission::count(shed_reason why) noexcept {
  shed_[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
}

void admission::shed(lane& queue, queued_request& entry, shed_reason why) {
  take_out(queue, entry);
  ++queue.shed;
  entry.why = why;
  count(why);
  finish(entry, queued_request::outcome::shed);
}

admission::obstacle admission::take_place(const route_scope& scope) noexcept {
  for (const auto* source : scope.sources) {
    if (source->full()) return obstacle::pressure;
  }
  if (!shares_.all.enter()) return obstacle::all;
  for (auto limit = scope.request_limits.begin(); limit != scope.request_limits.end(); ++limit) {
    if ((*limit)->enter()) continue;
    while (limit != scope.request_limits.begin()) (*--limit)->leave();
    shares_.all.leave();
    return obstacle::group;
  }
  return obstacle::none;
}

void admission::leave_place(const route_scope& scope) noexcept {
  for (auto* limit : scope.request_limits) limit->leave();
  shares_.all.leave();
}

void admission::release(const route_scope& scope) noexcept {
  leave_place(scope);
  if (waiting() != 0) return schedule();
  // The place is everybody's: a worker where requests wait takes it.
  for (auto* other : shares_.members) {
    if (other == this || other->waiting() == 0) continue;
    try {
      boost::asio::post(other->executor_, [other] { other->schedule(); });
    } catch (...) {  // no memory: it looks by the clock
    }
    return;
  }
}

// -- the queue

milliseconds admission::wait_limit(const lane& queue) const noexcept {
  return queue.over_full ? std::min(over_full_wait, limits_.queue_wait) : limits_.queue_wait;
}

void admission::schedule() noexcept {
  if (scheduled_ || closed_) return;
  // Two posts: what the look at the sockets between them finds is read before the second one runs.
  try {
    boost::asio::post(executor_, [this] { boost::asio::post(executor_, [this] { turn(); }); });
    scheduled_ = true;
  } catch (...) {  // no memory: revive() tries again
  }
}

void admission::revive() noexcept {
  scheduled_ = scheduled_ && waiting() != 0;
  if (waiting() != 0) schedule();
}

void admission::turn() {
  scheduled_ = false;
  if (closed_) return;
  const auto begin = clock::now();
  send_away_late(begin);
  bool more = true;
  for (auto now = begin; more && now - begin < turns::slice; now = clock::now()) more = serve_next();
  if (waiting() == 0) return;
  if (more) return schedule();
  look_again();
}

void admission::send_away_late(clock::time_point now) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {  // who is told may ask again, of a lane that is new
    auto& queue = lanes_[i];
    if (queue.over_full && now - queue.window >= limits_.queue_wait) {
      queue.over_full = still_shed_part * queue.shed >= queue.arrived && queue.shed != 0;
      queue.window = now;
      queue.arrived = queue.shed = 0;
      if (!queue.over_full) queue.long_waits_since = clock::time_point::max();
    }
    while (!queue.waiting.empty()) {
      auto& oldest = queue.waiting.front();
      const auto waited = now - oldest.since;
      if (waited < wait_limit(queue)) break;
      const auto& scope = *oldest.current->match->scope;
      auto why = shed_reason::waited;
      switch (take_place(scope)) {
        case obstacle::none:
          leave_place(scope);
          break;
        case obstacle::all:
          break;
        case obstacle::group:
          why = shed_reason::group;
          break;
        case obstacle::pressure:
          why = shed_reason::pressure;
          break;
      }
      judge(queue, waited, now);
      shed(queue, oldest, why);
    }
  }
}

bool admission::serve_next() {
  for (std::size_t looked = 0; looked < lanes_.size(); ++looked) {
    next_lane_ = (next_lane_ + 1) % lanes_.size();
    auto& queue = lanes_[next_lane_];
    if (queue.waiting.empty()) continue;
    auto& entry = queue.over_full ? queue.waiting.back() : queue.waiting.front();
    const auto& scope = *entry.current->match->scope;
    // Its client has gone: it never begins.
    if (entry.current->client->io().is_reset()) {
      take_out(queue, entry);
      finish(entry, queued_request::outcome::gone);
      return true;
    }
    if (take_place(scope) != obstacle::none) continue;
    const auto now = clock::now();
    judge(queue, now - entry.since, now);
    take_out(queue, entry);
    entry.current->pass = admission_pass(*this, scope);
    admitted_.fetch_add(1, std::memory_order_relaxed);
    finish(entry, queued_request::outcome::admitted);
    return true;
  }
  return false;
}

void admission::judge(lane& queue, clock::duration waited, clock::time_point now) noexcept {
  if (queue.over_full) return;
  if (waited < limits_.queue_wait / long_wait_part) {
    queue.long_waits_since = clock::time_point::max();
  } else if (queue.long_waits_since == clock::time_point::max()) {
    queue.long_waits_since = now;
  } else if (now - queue.long_waits_since >= limits_.queue_wait) {
    queue.over_full = true;
    queue.window = now;
    queue.arrived = queue.shed = 0;
  }
}

void admission::look_again() {
  if (std::exchange(timed_, true)) return;
  timer_.expires_after(queue_look);
  timer_.async_wait([this](boost::system::error_code) {
    timed_ = false;
    turn();
  });
}

void admission::close() noexcept {
  closed_ = true;
  timer_.cancel();
}

void admission::add_to(server_figures& sum) const {
  sum.admission = true;
  sum.queued += waiting();
  sum.admitted += admitted_.load(std::memory_order_relaxed);
  for (std::size_t why = 0; why < shed_.size(); ++why) sum.shed[why] += shed_[why].load(std::memory_order_relaxed);
}

}  // namespace sundown::http::detail
