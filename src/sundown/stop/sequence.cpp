#include "stop/sequence.hpp"
#include "stop/spawn_named.hpp"

#include <sundown/log.hpp>

#include <algorithm>
#include <utility>

namespace sundown::stop {

using namespace std::chrono_literals;

namespace {

/// ready_delay ends early once no new connection has come for so long: the load balancers have noticed.
constexpr milliseconds quiet = 1s;

/// A server's drain as an errand; the summary is shared, since the errand may be left behind.
asio::awaitable<void> drain(drainable& server, const budget& clock, std::shared_ptr<drain_summary> into) {
  *into = co_await server.drain(clock);
}

}  // namespace

sequence::sequence(asio::io_context& control, const stop_plan& plan, shutdown::force_exit_function force_exit)
    : strand(asio::make_strand(control)),
      clock(plan),
      force_exit_(std::move(force_exit)),
      bell_(std::make_shared<alarm>(strand)),
      fallback_(control),
      gap_timer_(control),
      progress_timer_(strand) {}

void sequence::begin(stop_kind kind, std::string reason, clock::time_point since) {
  if (over()) return;
  if (clock.started()) {
    if (repeats_.due(reason)) log::info("stop: already stopping", {{"trigger", reason}});
    if (kind == stop_kind::fast && !clock.hurried()) hurry(reason, since);
    return;
  }
  {
    std::lock_guard lock(mutex_);
    result.trigger = std::move(reason);
  }
  clock.start(since, kind == stop_kind::orderly);
  if (kind == stop_kind::fast) clock.hurry(since);
  resume_after_gap();
  arm();
  watch_for_gaps();
  spawn_named("the stop", asio::any_io_executor(strand), run(shared_from_this()));
  spawn_named("the stop's progress lines", asio::any_io_executor(strand), tell_progress(shared_from_this()));
}

void sequence::fail(std::string reason) {
  log::error("runtime failure", {{"error", reason}});
  record_failure(reason);
  if (!clock.started()) begin(stop_kind::orderly, "failure: " + reason, clock::now());
}

asio::awaitable<void> sequence::run(std::shared_ptr<sequence> self) {
  try {
    co_await self->steps();
  } catch (const overtaken&) {
  } catch (...) {
    // A step let an exception out: nothing may stop the stop. What was not reached is cut by the forced end.
    log::error("stop: failed", {{"error", log::describe(std::current_exception())}});
    self->record_failure(log::describe(std::current_exception()));
    self->force(failed, {}, "failure");
  }
}

asio::awaitable<void> sequence::steps() {
  announce();                    // 1. readiness goes off, answers say `Connection: close`
  co_await ready_delay();        // 2. still accepting, so that load balancers notice
  co_await close_listeners();    // 3. nobody who has connected is reset
  co_await drain_sessions();     // 4. every session ends by its state; the rest is aborted by name
  co_await finish_background();  // 5. tracked tasks
  co_await close_resources();    // 6. closers, last added first
  finish();                      // 7. timers, report, exit code
}

void sequence::announce() {
  std::size_t connections = 0, requests = 0;
  for (auto* server : servers) {
    auto activity = server->activity();
    connections += activity.connections;
    requests += activity.requests;
  }
  amend([&](report& so_far) {
    so_far.connections_at_signal = connections;
    so_far.requests_at_signal = requests;
  });
  log::info("stop: begins", {{"trigger", so_far().trigger},
                             {"connections", connections},
                             {"requests", requests},
                             {"seconds_left", clock.remaining()}});
  enter("announce");
  for (const auto& call : on_trigger) {
    try {
      call();
    } catch (...) {
      record_failure(log::describe(std::current_exception()));
    }
  }
  for (auto* server : servers) server->announce();
  if (clock.hurried())
    for (auto* server : servers) server->abort("fast stop");
}

asio::awaitable<void> sequence::ready_delay() {
  if (clock.ready_delay_max_end() <= clock.trigger_time()) co_return;
  enter("ready_delay");
  while (true) {
    auto newest = clock.trigger_time() - quiet;  // no server: nothing to wait for beyond the minimum
    for (auto* server : servers) newest = std::max(newest, server->last_accepted());
    auto end = std::clamp(newest + quiet, clock.ready_delay_min_end(), clock.ready_delay_max_end());
    if (clock::now() >= end) co_return;
    co_await sleep_until(end);
  }
}

asio::awaitable<void> sequence::close_listeners() {
  enter("listeners");
  for (auto* server : servers) listener_errands_.push_back(start([server] { return server->close_listeners(); }));
  // A blocked worker can't close its listener; it must not hold up the others' drain, so part of that time is the
  // limit.
  auto begin = clock::now();
  auto limit = [this, begin] { return std::min(begin + clock.plan().drain / 4, clock.drain_end()); };
  for (const auto& job : listener_errands_) {
    bool in_time = co_await ended(job, limit);
    if (!in_time)
      log::warn("stop: a listener is still closing; the drain goes on beside it");
    else if (auto error = job->error(); !error.empty())
      record_failure("closing a listener: " + error);
  }
}

asio::awaitable<void> sequence::drain_sessions() {
  enter("sessions");
  auto no_limit = [] { return clock::time_point::max(); };  // a server's own limit is drain_end, then the fallback
  std::vector<std::pair<std::shared_ptr<errand>, std::shared_ptr<drain_summary>>> jobs;
  for (auto* server : servers) {
    auto summary = std::make_shared<drain_summary>();
    jobs.emplace_back(
        start([server, self = shared_from_this(), summary] { return drain(*server, self->clock, summary); }), summary);
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    auto& [job, summary] = jobs[i];
    co_await ended(job, no_limit);
    if (auto error = job->error(); !error.empty()) {
      record_failure("drain: " + error);
      servers[i]->abort("drain failed");
    }
    amend([&, &one = *summary](report& so_far) {
      auto& all = so_far.drain;
      all.completed += one.completed;
      all.refused += one.refused;
      all.swept += one.swept;
      all.cut.insert(all.cut.end(), one.cut.begin(), one.cut.end());
    });
  }
  for (const auto& job : listener_errands_)
    if (!job->ended()) left_behind = true;
}

asio::awaitable<void> sequence::finish_background() {
  if (std::all_of(tasks.begin(), tasks.end(), [](auto* t) { return t->size() == 0; })) co_return;
  enter("background");
  for (auto* group : tasks) {
    auto idle = start([group] { return group->idle(); });
    bool done = co_await ended(idle, [this] { return clock.background_end(); });
    if (done) continue;
    auto names = group->names();
    for (const auto& name : names) log::warn("stop: background task not finished", {{"task", name}});
    group->cancel();
    auto limit = clock::now() + moment(closers.size());
    bool gave_up = co_await ended(idle, [limit] { return limit; });
    if (!gave_up) {
      left_behind = true;
      idle->cancel();
    }
    amend([&](report& so_far) {
      so_far.unfinished_background.insert(so_far.unfinished_background.end(), names.begin(), names.end());
    });
  }
}

void sequence::finish() {
  enter("done");
  for (const auto& call : on_last) {
    try {
      call();
    } catch (...) {
      record_failure(log::describe(std::current_exception()));
    }
  }
  if (!claim_end()) return;
  stand_down();
  write_report(verdict(so_far()));
  if (left_behind) force_exit_(result.exit_code);
}

}  // namespace sundown::stop
