#include "http_client/outbox_core.hpp"

#include "base/start_thread.hpp"
#include "http_client/signature.hpp"
#include "log/failure.hpp"

#include <sundown/log.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sundown::http_client {

using namespace std::chrono_literals;
using std::chrono::system_clock;

namespace {

constexpr std::size_t subjects_at_once = 64, events_at_once = 16;
constexpr std::size_t most_pauses = 64;  // that are known to the moment
constexpr milliseconds poll_pause = 1s;  // for what other instances leave, and for pauses that are not
constexpr auto look_pause = 5s;
constexpr auto gone_pause = 1h;
constexpr auto told_apart = 10s;

std::int64_t epoch_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

outbox::core::core(client& to, outbox_store& from, const outbox_settings& given, const trace::tracer* tracer)
    : calls(to),
      store(from),
      how(given),
      traces(tracer),
      key(read_secret(given.secret)),
      away_told_(told_apart),
      refusal_told_(told_apart),
      store_told_(told_apart) {}

void outbox::core::start() {
  auto inside = gate.enter();
  if (!inside) return;  // closed before it began
  thread = base::start_thread("outbox", [this] {
    while (!context.stopped()) {
      try {
        context.run();
      } catch (...) {
        log::report_failure("a handler of the outbox", std::current_exception());
      }
    }
  });
  auto ended = [this, inside = std::move(*inside)](const std::exception_ptr& thrown) mutable {
    if (thrown) log::report_failure("the outbox", thrown);
    context.stop();
    inside.leave();
  };
  asio::co_spawn(context, run(), asio::bind_cancellation_slot(rounds_.slot(), std::move(ended)));
}

void outbox::core::stop(milliseconds patience) {
  gate.shut();
  asio::post(context, [this, patience] {
    stopping_ = true;
    last_claim_ = clock::now() + patience;
    pause_.cancel();
    patience_.expires_at(last_claim_);
    patience_.async_wait([this, patience](boost::system::error_code ec) {
      if (ec) return;
      for (auto& each : signals_) each.emit(asio::cancellation_type::terminal);
      patience_.expires_after(patience);
      patience_.async_wait([this](boost::system::error_code over) {
        if (over) return;
        given_up_ = true;
        rounds_.emit(asio::cancellation_type::terminal);
      });
    });
  });
}

void outbox::core::end() {
  if (thread.joinable()) thread.join();
}

void outbox::core::wake() {
  if (woken.exchange(true)) return;
  asio::post(context, [this] {
    if (failures_ == 0 && !gone_) pause_.cancel();
  });
}

task<void> outbox::core::run() {
  co_await asio::this_coro::throw_if_cancelled(false);  // a call to the store that is given up is an outcome
  for (;;) {
    woken = false;
    if (!stopping_) co_await look();  // before the first round too: a stop that cuts it says what is left
    milliseconds pause = poll_pause;
    try {
      pause = co_await round();
    } catch (...) {
      log::report_failure("a round of the outbox", std::current_exception());
    }
    if (stopping_ && (pause > 0ms || clock::now() >= last_claim_)) break;
    if (pause > 0ms) co_await pause_for(pause);
    if (stopping_ && (failures_ > 0 || gone_)) break;  // its next attempt is the next process's
  }
  next_look_ = {};
  if (!given_up_) co_await look();
  patience_.cancel();
}

task<void> outbox::core::pause_for(milliseconds span) {
  const bool wakeable = failures_ == 0 && !gone_;
  if (stopping_ || (wakeable && woken)) co_return;
  pause_.expires_after(span);
  co_await pause_.async_wait(as_result);
}

task<milliseconds> outbox::core::round() {
  const auto begun = clock::now();
  const auto now = epoch_ms();
  outbox_claim claim(holders_.next(milliseconds(now)), failures_ == 0 ? subjects_at_once : 1, events_at_once, now,
                     now + how.lease.count());
  const auto holder = claim.holder;
  auto turns = co_await store.claim(std::move(claim));
  if (!turns) {
    if (store_told_.due()) log::warn("the outbox can't be read", {{"error", turns.error().detail}});
    co_return poll_pause;
  }
  pauses_end_.erase(pauses_end_.begin(), pauses_end_.upper_bound(begun));
  if (turns->empty()) co_return idle_pause();
  outcomes_.clear();
  for (auto& each : *turns) outcomes_.emplace_back(std::move(each));
  next_ = 0;
  last_begin_ = begun + how.lease - how.timeout;
  gone_ = stuck_ = gave_up_ = begun_ = false;
  co_await deliver_all();
  const auto settled = co_await store.settle(std::move(outcomes_), holder, epoch_ms());
  if (!settled && store_told_.due())
    log::warn("what was delivered is not noted, and is delivered again", {{"error", settled.error().detail}});
  if (gone_) co_return gone_pause;
  if (!settled || gave_up_) co_return poll_pause;
  if (failures_ == 0) co_return 0ms;
  std::uniform_real_distribution<double> part;
  co_return retry_pause(failures_, how.retry_max, retry_after_, part(random_));
}

task<void> outbox::core::deliver_all() {
  running_ = std::min(lanes, outcomes_.size());
  for (std::size_t i = 0, count = running_; i < count; ++i) {
    asio::co_spawn(context, serve_lane(),
                   asio::bind_cancellation_slot(signals_[i].slot(), [this](const std::exception_ptr& thrown) {
                     if (thrown) log::report_failure("a delivery", thrown);
                     if (--running_ == 0) lanes_done_.cancel();
                   }));
  }
  while (running_ > 0) {
    lanes_done_.expires_at(clock::time_point::max());
    co_await lanes_done_.async_wait(as_result);
  }
}

task<void> outbox::core::serve_lane() {
  co_await asio::this_coro::throw_if_cancelled(false);  // a call that is given up is an outcome
  while (next_ < outcomes_.size() && may_begin()) co_await deliver(next_++);
}

milliseconds outbox::core::idle_pause() const {
  if (pauses_end_.empty()) return poll_pause;
  return std::clamp(std::chrono::ceil<milliseconds>(*pauses_end_.begin() - clock::now()), milliseconds(1), poll_pause);
}

/// False once the receiver is known to be away, the stop gives up, or the lease leaves no time for a call: but one is
/// made in each round, or a store that is slower than the lease would have none.
bool outbox::core::may_begin() const {
  const auto now = clock::now();
  return !stuck_ && !gave_up_ && now < last_claim_ && (now < last_begin_ || !begun_);
}

task<void> outbox::core::deliver(std::size_t place) {
  while (outcomes_[place].delivered < outcomes_[place].turn.events.size() && may_begin()) {
    const auto& event = outcomes_[place].turn.events[outcomes_[place].delivered];
    auto post = delivery_of(event, how, key, system_clock::now());
    auto span = begin_span(event, post);
    begun_ = true;
    ++under_way;
    const auto got = co_await calls.send(std::move(post));
    --under_way;
    const auto what = judge(got, system_clock::now());
    learn(outcomes_[place], event, what);
    if (what.what == verdict::delivered) continue;
    span.fail(what.why);
    co_return;
  }
}

trace::span outbox::core::begin_span(const outbox_event& event, request& post) const {
  if (!event.origin) return {};
  if (!traces || traces->off()) {
    post.headers.emplace_back("traceparent", event.origin.traceparent());
    return {};
  }
  auto span = traces->start("deliver event", trace::kind::producer, event.origin);
  if (span.recording()) span.set("messaging.message.id", event.id);
  post.parent = span;
  return span;
}

void outbox::core::learn(outbox_outcome& of, const outbox_event& event, const judgement& what) {
  switch (what.what) {
    case verdict::delivered:
      ++of.delivered;
      ++delivered;
      break;
    case verdict::given_up:
      gave_up_ = true;
      return;
    case verdict::gone:
      gone_ = true;
      [[fallthrough]];
    case verdict::away:
    case verdict::refused: {
      ++failed;
      of.failed = true;
      std::uniform_real_distribution<double> part;
      of.pause = retry_pause(of.turn.failures + 1, how.retry_max, what.retry_after, part(random_));
      pauses_end_.insert(clock::now() + of.pause + 1ms);
      if (pauses_end_.size() > most_pauses) pauses_end_.erase(std::prev(pauses_end_.end()));
      break;
    }
  }
  if (what.what == verdict::delivered || what.what == verdict::refused) {
    failures_ = 0;
  } else {
    if (!std::exchange(stuck_, true)) ++failures_;
    retry_after_ = what.retry_after;
  }
  tell(event, what);
}

void outbox::core::tell(const outbox_event& event, const judgement& what) {
  if (what.what == verdict::gone) {
    log::error("the receiver of events wants no more of them (410 Gone): they wait, and are offered again in an hour",
               {{"receiver", how.url.substr(0, how.url.find('?'))}});
  } else if (what.what == verdict::away && away_told_.due()) {
    told_ = true;
    log::warn("events wait: their receiver can't be used", {{"error", what.why}});
  } else if (what.what == verdict::refused && refusal_told_.due()) {
    log::warn("an event is refused by its receiver, and waits", {{"event", event.id}, {"error", what.why}});
  } else if (what.what == verdict::delivered && std::exchange(told_, false)) {
    log::info("events are delivered again");
  }
}

/// Not with each round: where much waits, it takes the store a while to say how much.
task<void> outbox::core::look() {
  if (clock::now() < next_look_) co_return;
  next_look_ = clock::now() + look_pause;
  const auto found = co_await store.backlog();
  if (!found) co_return;
  subjects = found->subjects;
  oldest_ms = found->subjects == 0 ? 0 : found->oldest_ms;
}

}  // namespace sundown::http_client
