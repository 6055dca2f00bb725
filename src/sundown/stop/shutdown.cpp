#include "stop/shutdown_impl.hpp"
#include "stop/spawn_named.hpp"
#include "stop/watchdog.hpp"

#include <sundown/log.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace sundown::stop {

using namespace std::chrono_literals;

namespace {

/// ready_delay ends early once no new connection has come for so long: the load balancers have noticed.
constexpr milliseconds quiet = 1s;

/// A server's drain as a task; the summary is shared, since the task may be left behind.
asio::awaitable<void> drain(drainable& server, const budget& stop_clock, std::shared_ptr<drain_summary> into) {
  *into = co_await server.drain(stop_clock);
}

}  // namespace

// The posted call owns the stop, so that a late one meets no dead object.
void shutdown::trigger(stop_kind kind, std::string reason, clock::time_point since) {
  impl_->note_trigger(since);
  asio::post(impl_->strand_, [self = impl_, kind, reason = std::move(reason), since]() mutable {
    self->begin(kind, std::move(reason), since);
  });
}

void shutdown::impl::note_trigger(clock::time_point since) {
  if (!triggered_.exchange(true, std::memory_order_acq_rel) && guard_)
    guard_->arm(since + stop_clock_.plan().total, watchdog_fired);
}

void shutdown::impl::begin(stop_kind kind, std::string reason, clock::time_point since) {
  if (over()) return;
  if (stop_clock_.started()) {
    if (repeats_.due(reason)) log::info("stop: already stopping", {{"trigger", reason}});
    if (kind == stop_kind::fast && !stop_clock_.hurried()) hurry(reason, since);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    report_.trigger = std::move(reason);
  }
  stop_clock_.start(since, kind == stop_kind::orderly);
  if (kind == stop_kind::fast) stop_clock_.hurry(since);
  resume_after_gap();
  arm();
  watch_for_gaps();
  spawn_named("the stop", asio::any_io_executor(strand_), run(shared_from_this()));
  spawn_named("the stop's progress lines", asio::any_io_executor(strand_), tell_progress(shared_from_this()));
}

// The fallback's handler runs on the control context itself, not on the strand: a step that holds up the strand must
// not hold up its own deadline. (A thread that blocks the whole context is the watchdog's business.)
void shutdown::impl::arm() {
  fallback_.expires_at(stop_clock_.fallback_at());
  fallback_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    if (ec || self->over()) return;
    self->resume_after_gap();
    if (clock::now() < self->stop_clock_.fallback_at()) return self->arm();
    self->force(work_was_cut, {}, "deadline");
  });
  if (guard_) guard_->arm(stop_clock_.deadline(), watchdog_fired);
}

asio::awaitable<void> shutdown::impl::run(std::shared_ptr<impl> self) {
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

asio::awaitable<void> shutdown::impl::steps() {
  announce();                    // 1. readiness goes off, answers say `Connection: close`
  co_await ready_delay();        // 2. still accepting, so that load balancers notice
  co_await close_listeners();    // 3. no client that has connected is reset
  co_await drain_sessions();     // 4. every session ends by its state; the rest is aborted by name
  co_await finish_background();  // 5. tracked tasks
  co_await close_resources();    // 6. closers, last added first
  finish();                      // 7. timers, report, exit code
}

void shutdown::impl::enter(stop::step next) {
  const auto now = clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (ended_) throw overtaken{};
    if (step_ != step::running) {
      const auto took = std::chrono::round<milliseconds>(now - step_begin_);
      report_.steps.emplace_back(name_of(step_), took, step_begin_);
      log::info(std::string("stop: ") + name_of(step_) + " ended", {{"seconds", took}});
    }
    step_ = next;
    step_begin_ = now;
  }
  log::info(std::string("stop: ") + name_of(next));
  describe_to_guard();
}

void shutdown::impl::announce() {
  std::size_t connections = 0, requests = 0;
  for (auto* server : servers_) {
    const auto activity = server->activity();
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
                             {"seconds_left", stop_clock_.remaining()}});
  enter(step::announce);
  call_all(on_trigger_);
  for (auto* server : servers_) server->announce();
  if (stop_clock_.hurried())
    for (auto* server : servers_) server->abort("fast stop");
}

asio::awaitable<void> shutdown::impl::ready_delay() {
  if (stop_clock_.ready_delay_max_end() <= stop_clock_.trigger_time()) co_return;
  enter(step::ready_delay);
  while (true) {
    auto newest = stop_clock_.trigger_time() - quiet;  // no server: nothing to wait for beyond the minimum
    for (auto* server : servers_) newest = std::max(newest, server->last_accepted());
    const auto end = std::clamp(newest + quiet, stop_clock_.ready_delay_min_end(), stop_clock_.ready_delay_max_end());
    if (clock::now() >= end) co_return;
    co_await sleep_until(end);
  }
}

asio::awaitable<void> shutdown::impl::close_listeners() {
  enter(step::listeners);
  for (auto* server : servers_) closing_listeners_.push_back(start([server] { return server->close_listeners(); }));
  // A blocked worker can't close its listener. Part of the drain's time is the limit, so that the others drain.
  const auto begin = clock::now();
  const auto limit = [this, begin] { return std::min(begin + stop_clock_.plan().drain / 4, stop_clock_.drain_end()); };
  for (const auto& task : closing_listeners_) {
    const bool in_time = co_await ended(task, limit);
    if (!in_time)
      log::warn("stop: a listener is still closing; the drain goes on beside it");
    else if (auto error = task->error(); !error.empty())
      record_failure("closing a listener: " + error);
  }
}

asio::awaitable<void> shutdown::impl::drain_sessions() {
  enter(step::sessions);
  const auto no_limit = [] { return clock::time_point::max(); };  // a server's own is drain_end, then the fallback
  std::vector<std::pair<std::shared_ptr<task_handle>, std::shared_ptr<drain_summary>>> drains;
  for (auto* server : servers_) {
    auto summary = std::make_shared<drain_summary>();
    drains.emplace_back(
        start([server, self = shared_from_this(), summary] { return drain(*server, self->stop_clock_, summary); }),
        summary);
  }
  for (std::size_t i = 0; i < drains.size(); ++i) {
    const auto& [task, summary] = drains[i];
    co_await ended(task, no_limit);
    if (auto error = task->error(); !error.empty()) {
      record_failure("drain: " + error);
      servers_[i]->abort("drain failed");
    }
    amend([&done = *summary](report& so_far) {
      auto& all = so_far.drain;
      all.completed += done.completed;
      all.refused += done.refused;
      all.swept += done.swept;
      all.cut.insert(all.cut.end(), done.cut.begin(), done.cut.end());
    });
  }
  for (const auto& task : closing_listeners_)
    if (!task->ended()) left_behind_ = true;
}

asio::awaitable<void> shutdown::impl::finish_background() {
  if (std::all_of(tasks_.begin(), tasks_.end(), [](const auto* group) { return group->size() == 0; })) co_return;
  enter(step::background);
  for (auto* group : tasks_) {
    const auto idle = start([group] { return group->idle(); });
    const bool done = co_await ended(idle, [this] { return stop_clock_.background_end(); });
    if (done) continue;
    const auto names = group->names();
    for (const auto& name : names) log::warn("stop: background task not finished", {{"task", name}});
    group->cancel();
    const auto limit = clock::now() + moment(closers_.size());
    const bool gave_up = co_await ended(idle, [limit] { return limit; });
    if (!gave_up) {
      left_behind_ = true;
      idle->cancel();
    }
    amend([&](report& so_far) {
      so_far.unfinished_background.insert(so_far.unfinished_background.end(), names.begin(), names.end());
    });
  }
}

// Each has half of the time that is left when its turn comes, and the last one all of it: most end in no time, and one
// that waits for a slow disk or network is not given up for their sake. What is not used rolls over.
asio::awaitable<void> shutdown::impl::close_resources() {
  if (closers_.empty()) co_return;
  enter(step::closers);
  for (std::size_t i = closers_.size(); i-- > 0;) {
    log::info("stop: closing " + closers_[i].name);
    amend([&](report&) {
      closing_ = i;
      closing_since_ = clock::now();
    });
    describe_to_guard();
    auto done = co_await close_one(i);
    if (done.result == closer_result::outcome::closed) {
      if (done.omitted.empty())
        log::info("stop: closed " + done.name, {{"seconds", done.took}});
      else
        log::warn("stop: closed " + done.name, {{"seconds", done.took}, {"omitted", done.omitted}});
    } else {
      log::error("stop: could not close " + done.name, {{"seconds", done.took}, {"error", done.error}});
    }
    amend([&](report& so_far) {
      closing_.reset();
      closers_[i].closed = true;
      so_far.closers.push_back(std::move(done));
    });
  }
}

asio::awaitable<closer_result> shutdown::impl::close_one(std::size_t index) {
  const auto begin = clock::now();
  const auto limit = [this, begin, parts = index > 0 ? 2 : 1] {
    return begin + std::max(stop_clock_.closers_end() - begin, clock::duration(0)) / parts;
  };
  closer_result done;
  done.name = closers_[index].name;
  done.began = begin;

  const auto task = start(closers_[index].close);
  const bool in_time = co_await ended(task, limit);
  if (!in_time) {
    done.result = closer_result::outcome::overran;
    done.error = "gave up after its share of the time";
    // A closer that obeys has stopped waiting, no more: its threads and what they use are still there, so no destructor
    // may run.
    left_behind_ = true;
    task->cancel();
    const auto last = clock::now() + moment(index + 1);
    const bool obeyed = co_await ended(task, [last] { return last; });
    if (!obeyed) done.error = "left behind: did not end in its share of the time, nor when cancelled";
  } else if (auto error = task->error(); !error.empty()) {
    done.result = task->timed_out() ? closer_result::outcome::overran : closer_result::outcome::failed;
    done.error = std::move(error);
  } else if (closers_[index].omitted) {
    done.omitted = closers_[index].omitted();
  }
  done.took = std::chrono::round<milliseconds>(clock::now() - begin);
  co_return done;
}

void shutdown::impl::finish() {
  enter(step::done);
  call_all(on_last_);
  if (!claim_end()) return;
  stand_down();
  write_report(verdict(so_far()));
  if (left_behind_) force_exit_(report_.exit_code);
}

bool shutdown::impl::claim_end() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(ended_, true);
}

void shutdown::impl::write_report(int code) {
  std::string line;
  {
    const std::lock_guard lock(mutex_);
    stamp(report_);
    report_.exit_code = code;
    line = to_json(report_);
  }
  log::write_report(line);
}

void shutdown::impl::stand_down() {
  fallback_.cancel();
  gap_timer_.cancel();
  progress_timer_.cancel();
}

void shutdown::impl::call_all(const std::vector<std::function<void()>>& calls) {
  for (const auto& call : calls) {
    try {
      call();
    } catch (...) {
      record_failure(log::describe(std::current_exception()));
    }
  }
}

asio::awaitable<void> shutdown::impl::sleep_until(clock::time_point limit) {
  if (over()) throw overtaken{};
  co_await wakeup_.wait_until(limit);
  wakeup_.reset();
  resume_after_gap();
  if (over()) throw overtaken{};
}

void shutdown::impl::record_failure(std::string what) {
  const std::lock_guard lock(mutex_);
  if (!ended_ && report_.failure.empty()) report_.failure = std::move(what);
}

bool shutdown::impl::over() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void shutdown::fail(std::string reason) {
  impl_->note_trigger(clock::now());
  asio::post(impl_->strand_, [self = impl_, reason = std::move(reason)]() mutable { self->fail(std::move(reason)); });
}

void shutdown::impl::fail(std::string reason) {
  log::error("runtime failure", {{"error", reason}});
  record_failure(reason);
  if (!stop_clock_.started()) begin(stop_kind::orderly, "failure: " + reason, clock::now());
}

}  // namespace sundown::stop
