#include "base/durations.hpp"
#include "log/json_escape.hpp"
#include "stop/shutdown_impl.hpp"
#include "stop/watchdog.hpp"

#include <sundown/log.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sundown::stop {

using namespace std::chrono_literals;

namespace {

constexpr milliseconds progress_every = 1s;

/// "http 2 busy (GET /slow 3.2 s)", "http 14 connections", or nothing.
std::string servers_text(const std::vector<drainable*>& servers) {
  server_activity all;
  for (auto* server : servers) {
    const auto activity = server->activity();
    all.connections += activity.connections;
    all.requests += activity.requests;
    all.longest.insert(all.longest.end(), activity.longest.begin(), activity.longest.end());
  }
  if (all.requests > 0) {
    auto oldest = std::max_element(all.longest.begin(), all.longest.end(),
                                   [](const auto& a, const auto& b) { return a.age < b.age; });
    auto text = "http " + std::to_string(all.requests) + " busy";
    if (oldest != all.longest.end()) text += " (" + oldest->what + " " + base::seconds_text(oldest->age) + ")";
    return text;
  }
  if (all.connections > 0) return "http " + std::to_string(all.connections) + " connections";
  return {};
}

}  // namespace

std::string shutdown::impl::waiting_for() const {
  std::string text = servers_text(servers_);
  auto append = [&](const std::string& more) { text += (text.empty() ? "" : ", ") + more; };
  for (auto* group : tasks_)
    for (const auto& name : group->names()) append("background " + name);

  const std::lock_guard lock(mutex_);
  for (std::size_t i = closers_.size(); i-- > 0;) {
    if (closers_[i].closed) continue;
    std::string pending = closers_[i].waiting_for ? closers_[i].waiting_for() : std::string();
    if (!pending.empty())
      append(closers_[i].name + " " + pending);
    else if (closing_ == i)
      append(closers_[i].name);
  }
  return text;
}

std::size_t shutdown::impl::open() const {
  std::size_t count = 0;
  for (auto* server : servers_) {
    const auto activity = server->activity();
    count += activity.connections + activity.requests;
  }
  for (auto* group : tasks_) count += group->size();
  const std::lock_guard lock(mutex_);
  return count + static_cast<std::size_t>(
                     std::count_if(closers_.begin(), closers_.end(), [](const auto& each) { return !each.closed; }));
}

shutdown::progress shutdown::impl::snapshot() const {
  shutdown::progress where;
  where.step = step_text();
  where.waiting_for = waiting_for();
  where.remaining = stop_clock_.remaining();
  where.open = open();
  return where;
}

std::string shutdown::impl::step_text() const {
  const std::lock_guard lock(mutex_);
  return closing_ ? "close " + closers_[*closing_].name : name_of(step_);
}

report shutdown::impl::so_far() const {
  const std::lock_guard lock(mutex_);
  auto now = report_;
  const bool is_written = now.time != decltype(now.time){};
  if (is_written) return now;
  now.so_far = true;
  stamp(now);
  now.exit_code = verdict(now);
  for (std::size_t i = closers_.size(); i-- > 0;)
    if (!closers_[i].closed) now.to_close.push_back(closers_[i].name);
  return now;
}

void shutdown::impl::stamp(report& what) const {
  what.time = std::chrono::system_clock::now();
  if (stop_clock_.started()) what.total = std::chrono::round<milliseconds>(clock::now() - stop_clock_.trigger_time());
  if (count_spans_) what.spans = count_spans_();
}

std::string to_string(const shutdown::progress& where) {
  const auto& what = where.waiting_for.empty() ? where.step : where.waiting_for;
  return "stopping: " + what + ", " + base::seconds_text(where.remaining) + " left";
}

asio::awaitable<void> shutdown::impl::tell_progress(std::shared_ptr<impl> self) {
  for (bool first = true; !self->over(); first = false) {
    const auto where = self->snapshot();
    if (!first) log::info(to_string(where));
    for (const auto& call : self->on_progress_) call(where);
    self->progress_timer_.expires_after(progress_every);
    const auto [ec] = co_await self->progress_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (ec || self->over()) co_return;
    self->describe_to_guard();
  }
}

void shutdown::impl::describe_to_guard() const {
  if (guard_) guard_->describe(log::one_line(to_string(snapshot())));
}

}  // namespace sundown::stop
