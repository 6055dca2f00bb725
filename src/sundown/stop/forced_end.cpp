#include "stop/shutdown_impl.hpp"
#include "stop/watchdog.hpp"

#include <sundown/log.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace sundown::stop {

using namespace std::chrono_literals;

namespace {

/// Between two looks whether the process has run all the time. So short that after a gap the look comes before nearly
/// every other timer.
constexpr milliseconds gap_poll = 20ms;

}  // namespace

void shutdown::force(int code, std::string reason) {
  impl_->triggered_.store(true, std::memory_order_release);
  impl_->force(code, std::move(reason), "second interrupt");
}

void shutdown::impl::watch_for_gaps() {
  if (!guard_ || over()) return;
  gap_timer_.expires_after(gap_poll);
  gap_timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    if (ec) return;
    self->resume_after_gap();
    self->watch_for_gaps();
  });
}

void shutdown::impl::resume_after_gap() {
  if (!guard_) return;
  const auto until = guard_->extended_to();
  {
    const std::lock_guard lock(mutex_);
    if (!until || until == resumed_until_) return;
    resumed_until_ = until;
  }
  const auto now = clock::now();
  stop_clock_.resume(now, *until);
  log::warn("stop: the process did not run for a while; it goes on with a moment",
            {{"seconds_left", std::chrono::duration<double>(*until - now)}});
}

void shutdown::impl::hurry(std::string_view reason, clock::time_point since) {
  log::warn("stop: fast from here on", {{"trigger", reason}});
  stop_clock_.hurry(since);
  arm();
  for (auto* server : servers_) server->abort("fast stop");
  wakeup_.set();
}

void shutdown::impl::force(int code, std::string trigger, std::string why) {
  if (!claim_end()) return;
  log::error("stop: forced exit", {{"exit_code", code}, {"why", why}, {"waiting_for", waiting_for()}});
  name_what_is_open(why);
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock::now();
    if (!trigger.empty()) report_.trigger += report_.trigger.empty() ? trigger : ", " + trigger;
    if (stop_clock_.started())
      report_.steps.emplace_back(name_of(step_), std::chrono::round<milliseconds>(now - step_begin_), step_begin_);
  }
  write_report(code);  // before the log lines of what is aborted: there may be no time to write them all
  for (auto* server : servers_) server->abort(why);
  left_behind_ = true;
  force_exit_(code);
  // Only a test's force_exit returns: the sequence gives up, so that the context can run out of work.
  asio::post(strand_, [self = shared_from_this()] {
    self->stand_down();
    self->wakeup_.set();
  });
}

void shutdown::impl::name_what_is_open(const std::string& why) {
  std::vector<cut_work> cut;
  for (auto* server : servers_)
    for (auto& work : server->activity().longest)
      cut.emplace_back(std::move(work.what), work.age, why, std::move(work.trace));
  std::vector<std::string> unfinished;
  for (auto* group : tasks_)
    for (auto& name : group->names()) unfinished.push_back(std::move(name));

  const std::lock_guard lock(mutex_);
  report_.drain.cut.insert(report_.drain.cut.end(), cut.begin(), cut.end());
  if (report_.unfinished_background.empty()) report_.unfinished_background = std::move(unfinished);
  if (closing_)
    report_.closers.push_back({closers_[*closing_].name,
                               std::chrono::round<milliseconds>(clock::now() - closing_since_),
                               closer_result::outcome::overran,
                               why,
                               {}});
}

milliseconds shutdown::impl::moment(std::size_t still_to_come) const {
  const auto left = stop_clock_.fallback_at() - clock::now();
  const auto share = left / (2 * (static_cast<int>(still_to_come) + 1));
  return std::clamp(std::chrono::ceil<milliseconds>(share), 1ms, 50ms);
}

}  // namespace sundown::stop
