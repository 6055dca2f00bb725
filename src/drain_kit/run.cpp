#include "drain_kit/run.hpp"

#include "drain_kit/processor_wait.hpp"
#include "drain_kit/text.hpp"
#include "wire/socket_table.hpp"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace sundown::testing::drain_kit {
namespace {

constexpr auto refresh = 100ms;
/// How often the threads are looked at meanwhile.
constexpr auto look = 10ms;
/// Only a failure, or a machine that is busy beyond measure, ever waits that long.
constexpr auto position_limit = 30s;

/// All clients of one kind, with their threads. Joins them when it goes.
class crew {
 public:
  crew(const kind& what, stage& scene) : kind_(what), lanes_(what.count) {
    try {
      for (std::size_t first = 0; first < what.count; first += what.share)
        threads_.emplace_back(
            [this, &scene, first, last = std::min(first + kind_.share, kind_.count)] { play(scene, first, last); });
    } catch (...) {  // no more threads: those that there are must not wait for a signal
      scene.finish();
      throw;
    }
  }
  figures so_far() const { return score_.so_far(kind_.count); }
  /// Waits until every client has ended. Throws where the kit itself has had no means to play one.
  kind_result result() {
    threads_.clear();
    if (trouble_) std::rethrow_exception(trouble_);
    return {kind_.name, so_far(), std::move(lanes_), kind_.each_told_end, kind_.asks_after};
  }

 private:
  void play(stage& scene, std::size_t first, std::size_t last) {
    callers mine;
    for (auto i = first; i < last; ++i) mine.emplace_back(scene, score_, lanes_[i], line_);
    try {
      kind_.play(mine);
    } catch (const std::system_error&) {
      const std::lock_guard lock(mutex_);
      trouble_ = std::current_exception();
    } catch (const std::exception& e) {  // the server's bytes are no HTTP
      score_.lost(e.what(), 1);
    }
  }

  const kind kind_;
  score score_;
  std::mutex mutex_;
  std::exception_ptr trouble_;
  std::vector<lane> lanes_;
  starting_line line_{kind_.count};
  std::vector<std::jthread> threads_;
};

class performance {
 public:
  performance(const run_plan& plan, server& target, const protocol& speech, milliseconds patience, progress& show)
      : plan_(plan), target_(target), patience_(patience), show_(show), scene_(target.where(), speech, patience) {}
  /// Whatever went wrong: the clients are let go, so that they can be joined.
  ~performance() { scene_.finish(); }

  outcome run() {
    outcome out;
    out.begin = clock::now();
    if (!in_position() || !settled())
      out.findings.push_back({verdict::fault, "not every client was in position at the signal"});
    out.begin = std::max(out.begin, clock::now() - plan_.lead_in);
    server_.look();
    own_.look();
    out.signal = scene_.signal([&] { send(plan_.signals.front(), out); });
    out.exit = watch(out);
    const auto late = std::chrono::duration_cast<milliseconds>(late_);  // also where the whole machine stood still
    out.starved = server_.longest() + std::max(own_.longest(), late);
    scene_.finish();
    if (!out.exit) target_.give_up();  // clients may have begun to wait long ago
    for (auto& one : crews_) out.kinds.push_back(one->result());
    if (out.exit) out.report = target_.report();
    return out;
  }

 private:
  bool in_position() {
    const deadline end(position_limit);
    std::size_t all = 0;
    for (const auto& one : plan_.kinds) {
      crews_.push_back(std::make_unique<crew>(one, scene_));
      all += one.count;
      while (!scene_.in_position().wait_for(all, refresh)) {
        show_.update("clients in position: " + std::to_string(scene_.in_position().count()));
        if (end.passed()) return false;
      }
    }
    return true;
  }

  bool settled() {
    const auto holds = plan_.settled ? plan_.settled : [](const stage& scene) { return all_read(scene.where().port); };
    const bool is = eventually(ample, [&] { return holds(scene_); });
    std::this_thread::sleep_for(plan_.lead_in);
    return is;
  }

  void send(const timed_signal& one, outcome& out) {
    out.signals.push_back({target_.stop_name(one.number), clock::now()});
    target_.stop(one.number);
  }

  std::optional<exit_report> watch(outcome& out) {
    const auto signal = out.signal, end = signal + patience_;
    auto next = plan_.signals.begin() + 1;
    for (auto now = clock::now(); now < end; now = clock::now()) {
      auto until = std::min(end, now + refresh);
      if (next != plan_.signals.end()) until = std::min(until, signal + next->after);
      if (const auto how = wait_exit(until)) return how;
      if (next != plan_.signals.end() && clock::now() >= signal + next->after) send(*next++, out);
      figures all;
      for (const auto& one : crews_) all.add(one->so_far());
      const auto seconds = std::chrono::duration<double>(clock::now() - signal).count();
      show_.update(counts_text(all) + "  " + fixed(seconds, 1) + " s since the signal");
    }
    return std::nullopt;
  }

  std::optional<exit_report> wait_exit(clock::time_point until) {
    for (auto now = clock::now(); now < until; now = clock::now()) {
      const auto some = std::chrono::ceil<milliseconds>(std::min<clock::duration>(until - now, look));
      const auto how = target_.wait_exit(some);
      late_ += std::max(clock::duration(0), clock::now() - now - some);
      server_.look();
      own_.look();
      if (how) return how;
    }
    return std::nullopt;
  }

  const run_plan& plan_;
  server& target_;
  const milliseconds patience_;
  progress& show_;
  stage scene_;
  std::vector<std::unique_ptr<crew>> crews_;
  processor_wait server_{target_.process()}, own_{::getpid()};
  clock::duration late_{0};  ///< by which the looks at the exit came too late, all together
};

}  // namespace

figures outcome::total() const {
  figures all;
  for (const auto& one : kinds) all.add(one.count);
  return all;
}

bool outcome::held_position() const {
  return total().early == 0 &&
         std::none_of(kinds.begin(), kinds.end(), [this](const auto& one) { return one.asked_too_soon(starved); });
}

verdict outcome::worst() const {
  auto gravest = verdict::ok;
  for (const auto& one : findings) gravest = std::max(gravest, one.weight);
  return gravest;
}

outcome perform(const run_plan& plan, server& target, const protocol& speech, milliseconds patience, progress& show) {
  return performance(plan, target, speech, patience, show).run();
}

std::string signal_name(int number) { return std::string("SIG") + ::sigabbrev_np(number); }

}  // namespace sundown::testing::drain_kit
