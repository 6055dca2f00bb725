#include "stop/sequence.hpp"
#include "stop/watchdog.hpp"

#include <sundown/log.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>

namespace sundown::stop {

using namespace std::chrono_literals;

namespace {

/// Between two looks whether the process has run all the time. So often that after a gap the look comes before nearly
/// every other timer.
constexpr milliseconds gap_poll = 20ms;

}  // namespace

void sequence::note_trigger(clock::time_point since) {
  if (!triggered.exchange(true, std::memory_order_acq_rel) && guard)
    guard->arm(since + clock.plan().total, watchdog_fired);
}

// The fallback's handler runs on the control context itself, not on the strand: a step that holds up the strand must
// not hold up its own deadline. (A thread that blocks the whole context is the watchdog's business.)
void sequence::arm() {
  fallback_.expires_at(clock.fallback_at());
  fallback_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    if (ec || self->over()) return;
    self->resume_after_gap();
    if (clock::now() < self->clock.fallback_at()) return self->arm();
    self->force(work_was_cut, {}, "deadline");
  });
  if (guard) guard->arm(clock.deadline(), watchdog_fired);
}

void sequence::watch_for_gaps() {
  if (!guard || over()) return;
  gap_timer_.expires_after(gap_poll);
  gap_timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    if (ec) return;
    self->resume_after_gap();
    self->watch_for_gaps();
  });
}

void sequence::resume_after_gap() {
  if (!guard) return;
  const auto until = guard->extended_to();
  {
    std::lock_guard lock(mutex_);
    if (!until || until == resumed_until_) return;
    resumed_until_ = until;
  }
  const auto now = clock::now();
  clock.resume(now, *until);
  log::warn("stop: the process did not run for a while; it goes on with a moment",
            {{"seconds_left", std::chrono::duration<double>(*until - now)}});
}

void sequence::hurry(std::string_view reason, clock::time_point since) {
  log::warn("stop: fast from here on", {{"trigger", reason}});
  clock.hurry(since);
  arm();
  for (auto* server : servers) server->abort("fast stop");
  bell_->ring();
}

bool sequence::claim_end() {
  std::lock_guard lock(mutex_);
  return !std::exchange(ended_, true);
}

bool sequence::over() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

void sequence::force(int code, std::string trigger, std::string why) {
  if (!claim_end()) return;
  log::error("stop: forced exit", {{"exit_code", code}, {"why", why}, {"waiting_for", waiting_for()}});
  name_what_is_open(why);
  {
    std::lock_guard lock(mutex_);
    auto now = clock::now();
    if (!trigger.empty()) result.trigger += result.trigger.empty() ? trigger : ", " + trigger;
    if (clock.started()) result.steps.push_back({step_, std::chrono::round<milliseconds>(now - step_begin_)});
  }
  write_report(code);  // before what the aborted say of themselves: there may be no time to write it all
  for (auto* server : servers) server->abort(why);
  left_behind = true;
  force_exit_(code);
  // Only a test's force_exit returns: the sequence gives up, so that the context can run out of work.
  asio::post(strand, [self = shared_from_this()] {
    self->stand_down();
    self->bell_->ring();
  });
}

void sequence::name_what_is_open(const std::string& why) {
  std::vector<cut_work> cut;
  for (auto* server : servers)
    for (auto& work : server->activity().longest) cut.push_back({std::move(work.what), work.age, why});
  std::vector<std::string> unfinished;
  for (auto* group : tasks)
    for (auto& name : group->names()) unfinished.push_back(std::move(name));

  std::lock_guard lock(mutex_);
  result.drain.cut.insert(result.drain.cut.end(), cut.begin(), cut.end());
  if (result.unfinished_background.empty()) result.unfinished_background = std::move(unfinished);
  if (closing_)
    result.closers.push_back({closers[*closing_].name,
                              std::chrono::round<milliseconds>(clock::now() - closing_since_),
                              closer_result::outcome::overran,
                              why,
                              {}});
}

void sequence::write_report(int code) {
  std::string line;
  {
    std::lock_guard lock(mutex_);
    result.time = std::chrono::system_clock::now();
    if (clock.started()) result.total = std::chrono::round<milliseconds>(clock::now() - clock.trigger_time());
    result.exit_code = code;
    line = to_json(result);
  }
  log::write_report(line);
}

void sequence::stand_down() {
  fallback_.cancel();
  gap_timer_.cancel();
  progress_timer_.cancel();
}

milliseconds sequence::moment(std::size_t still_to_come) const {
  auto left = clock.fallback_at() - clock::now();
  auto share = left / (2 * (static_cast<int>(still_to_come) + 1));
  return std::clamp(std::chrono::ceil<milliseconds>(share), 1ms, 50ms);
}

void sequence::record_failure(std::string what) {
  std::lock_guard lock(mutex_);
  if (!ended_ && result.failure.empty()) result.failure = std::move(what);
}

asio::awaitable<void> sequence::sleep_until(clock::time_point when) {
  if (over()) throw overtaken{};
  co_await bell_->until(when);
  resume_after_gap();
  if (over()) throw overtaken{};
}

}  // namespace sundown::stop
