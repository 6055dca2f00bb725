#include "app/notes/note_events.hpp"

#include <sundown/log.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>

namespace sundown::app {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr std::size_t at_once = 128;  // events in one pipeline
constexpr auto retry_wait = 100ms;
constexpr auto told_again = 10s;           // that events wait, at the earliest
constexpr std::size_t named_at_once = 64;  // events in one line of the log, which drops lines when it can't keep up

constexpr const char* stream = "sundown:note-events";

asio::awaitable<void> log_event(std::string_view what, std::string id) {
  log::info("note event", {{"event", what}, {"id", id}});
  co_return;
}

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

note_events::note_events(stop::background& tasks, redis::client* redis) : tasks_(tasks), redis_(redis) {
  if (!redis_) return;
  // An id that no entry may have: refused for itself, after everything else that an entry can be refused for but the
  // key's type.
  redis_->rehearse({"XADD", stream, "0-0", "event", "probe"}, "must be greater than 0-0");
  redis_->rehearse({"XLEN", stream}, "NOPERM");  // nobody needs it
}

void note_events::publish(std::string_view what, std::string id, std::uint64_t version, const trace::parent& above) {
  if (!redis_) return tasks_.spawn("publish note event", log_event(what, std::move(id)), above);
  event fresh{what, std::move(id), version, now_ms(), above ? above.where().traceparent().str() : std::string()};
  {
    const std::scoped_lock lock(mutex_);
    if (!given_up_ && waiting_.size() < most_waiting) {
      waiting_.push_back(std::move(fresh));
      if (std::exchange(publishing_, true)) return;
    } else {
      name({std::move(fresh)}, given_up_ ? "stopped" : "too many are waiting");
      return;
    }
  }
  tasks_.spawn("publish note events", publish_all());
}

/// Until nothing waits or somebody cancels it, which the stop does when the time of the background tasks is over. After
/// a failure one event is sent alone, and more with each success: of a pipeline that is refused in part, as by a server
/// at the edge of its memory, the whole is sent again.
asio::awaitable<void> note_events::publish_all() {
  co_await asio::this_coro::throw_if_cancelled(false);
  asio::steady_timer pause(co_await asio::this_coro::executor);
  std::size_t most = at_once;
  for (;;) {
    auto commands = next(most);
    if (commands.empty()) co_return;
    const auto count = commands.size();
    const auto sent = co_await redis_->async_execute(std::move(commands), asio::use_awaitable);
    if (sent) {
      published(count);
      most = std::min(most * 2, at_once);
      continue;
    }
    most = 1;
    tell_waiting(sent.error());
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) break;
    pause.expires_after(retry_wait);
    const auto [cancelled] = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    if (cancelled) break;
  }
  give_up();
}

/// Only the task calls it, of which there is one at a time.
void note_events::tell_waiting(const error& why) {
  const auto now = std::chrono::steady_clock::now();
  if (told_ != decltype(told_){} && now - told_ < told_again) return;
  told_ = now;
  log::warn("note events wait", {{"error", why.detail}});
}

/// The commands for the oldest events; the task ends when there are none.
std::vector<redis::command> note_events::next(std::size_t most) {
  std::vector<redis::command> commands;
  const std::scoped_lock lock(mutex_);
  const auto count = std::min(waiting_.size(), most);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& one = waiting_[i];
    commands.push_back({"XADD", stream, "MAXLEN", "~", "1000000", "*", "event", std::string(one.what), "id", one.id,
                        "version", std::to_string(one.version), "at", std::to_string(one.at_ms)});
    if (!one.traceparent.empty()) commands.back().insert(commands.back().end(), {"traceparent", one.traceparent});
  }
  if (commands.empty()) publishing_ = false;
  return commands;
}

void note_events::published(std::size_t count) {
  const std::scoped_lock lock(mutex_);
  count = std::min(count, waiting_.size());  // none are left if they were given up meanwhile
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
}

void note_events::give_up() {
  const std::scoped_lock lock(mutex_);
  given_up_ = true;
  name(waiting_, "stopped");
  waiting_.clear();
}

std::size_t note_events::waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

void note_events::name(const std::deque<event>& lost, std::string_view why) {
  lost_ += lost.size();
  for (std::size_t i = 0; i < lost.size(); i += named_at_once) {
    std::string names;
    for (std::size_t j = i; j < std::min(lost.size(), i + named_at_once); ++j) {
      if (!names.empty()) names += ", ";
      names.append(lost[j].what).append(" ").append(lost[j].id);
    }
    log::error("note events not published", {{"why", why}, {"events", names}});
  }
}

}  // namespace sundown::app
