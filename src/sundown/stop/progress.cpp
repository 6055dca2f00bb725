#include "base/durations.hpp"
#include "log/json_escape.hpp"
#include "stop/sequence.hpp"
#include "stop/watchdog.hpp"

#include <sundown/log.hpp>

#include <algorithm>

namespace sundown::stop {

using namespace std::chrono_literals;

namespace {

constexpr milliseconds progress_every = 1s;

/// "http 2 busy (GET /slow 3.2 s)", "http 14 connections", or nothing.
std::string servers_text(const std::vector<drainable*>& servers) {
  server_activity all;
  for (auto* server : servers) {
    auto one = server->activity();
    all.connections += one.connections;
    all.requests += one.requests;
    all.longest.insert(all.longest.end(), one.longest.begin(), one.longest.end());
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

std::string sequence::waiting_for() const {
  std::string text = servers_text(servers);
  auto append = [&](const std::string& more) { text += (text.empty() ? "" : ", ") + more; };
  for (auto* group : tasks)
    for (const auto& name : group->names()) append("background " + name);

  std::lock_guard lock(mutex_);
  for (std::size_t i = closers.size(); i-- > 0;) {
    if (closers[i].closed) continue;
    std::string pending = closers[i].waiting_for ? closers[i].waiting_for() : std::string();
    if (!pending.empty())
      append(closers[i].name + " " + pending);
    else if (closing_ == i)
      append(closers[i].name);
  }
  return text;
}

std::size_t sequence::open() const {
  std::size_t count = 0;
  for (auto* server : servers) {
    auto activity = server->activity();
    count += activity.connections + activity.requests;
  }
  for (auto* group : tasks) count += group->size();
  std::lock_guard lock(mutex_);
  return count + static_cast<std::size_t>(
                     std::count_if(closers.begin(), closers.end(), [](const auto& one) { return !one.closed; }));
}

shutdown::progress sequence::snapshot() const {
  shutdown::progress where;
  where.step = step();
  where.waiting_for = waiting_for();
  where.remaining = clock.remaining();
  where.open = open();
  return where;
}

std::string sequence::step() const {
  std::lock_guard lock(mutex_);
  return closing_ ? "close " + closers[*closing_].name : step_;
}

report sequence::so_far() const {
  std::lock_guard lock(mutex_);
  return result;
}

std::string to_string(const shutdown::progress& where) {
  const auto& what = where.waiting_for.empty() ? where.step : where.waiting_for;
  return "stopping: " + what + ", " + base::seconds_text(where.remaining) + " left";
}

asio::awaitable<void> sequence::tell_progress(std::shared_ptr<sequence> self) {
  for (bool first = true; !self->over(); first = false) {
    auto where = self->snapshot();
    if (!first) log::info(to_string(where));
    for (const auto& call : self->on_progress) call(where);
    self->progress_timer_.expires_after(progress_every);
    auto [ec] = co_await self->progress_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (ec || self->over()) co_return;
    self->describe_to_guard();
  }
}

void sequence::enter(std::string step) {
  auto now = clock::now();
  {
    std::lock_guard lock(mutex_);
    if (ended_) throw overtaken{};
    if (step_ != "running") {
      result.steps.push_back({step_, std::chrono::round<milliseconds>(now - step_begin_)});
      log::info("stop: " + step_ + " ended", {{"seconds", result.steps.back().took}});
    }
    step_ = step;
    step_begin_ = now;
  }
  log::info(step == "done" ? "stop: done" : "stop: " + step);
  describe_to_guard();
}

void sequence::describe_to_guard() const {
  if (guard) guard->describe(log::one_line(to_string(snapshot())));
}

}  // namespace sundown::stop
