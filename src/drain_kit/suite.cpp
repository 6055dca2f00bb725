#include "drain_kit/suite.hpp"

#include "drain_kit/abilities.hpp"
#include "drain_kit/judge.hpp"
#include "drain_kit/legible.hpp"
#include "drain_kit/only.hpp"
#include "drain_kit/private_network.hpp"
#include "drain_kit/scenario.hpp"
#include "drain_kit/subject.hpp"
#include "drain_kit/text.hpp"
#include "drain_kit/written_file.hpp"

#include <sundown/testing/eventually.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <system_error>
#include <tuple>

namespace sundown::testing::drain_kit {
namespace {

/// What has been looked at once the process has ended, as a rule that was broken or not.
void look_afterwards(afterwards what, server& ended, server_source& source, const start_order& order, outcome& out) {
  if (!out.exit) return;
  const auto where = ended.where();
  switch (what) {
    case afterwards::nothing:
      return;
    case afterwards::no_children:
      for (const auto& one : ended.left_behind()) out.findings.push_back({verdict::fault, "left process " + one});
      return;
    case afterwards::port_free:
      if (const auto how = raw_client().connect(where, 1s); how != connecting::refused)
        out.findings.push_back({verdict::fault, std::string("its port is still open: connect: ") + to_string(how)});
      return;
    case afterwards::restarts:
      try {
        auto again = order;
        again.port = where.port;
        source.start(again);
      } catch (const std::system_error&) {
        throw;  // the kit's own trouble
      } catch (const std::runtime_error& e) {
        out.findings.push_back({verdict::fault, std::string("does not start again at once: ") + e.what()});
      }
  }
}

/// The clients' descriptors, one for each, beside those that are open and some for the server's pipes and reports. The
/// server has the same limit, and needs as many. Throws std::runtime_error where there are not enough.
void check_descriptors(const run_plan& plan) {
  constexpr rlim_t others = 32;
  auto needed = others + static_cast<rlim_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
  for (const auto& one : plan.kinds) needed += one.count;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return;
  throw std::runtime_error("needs " + std::to_string(needed) + " descriptors, and may have " +
                           std::to_string(limit.rlim_cur) + ": raise the hard limit (ulimit -Hn)");
}

/// The folder of --logs, before anything is played for it.
void make_folder(const std::string& path) {
  std::error_code fault;
  std::filesystem::create_directories(path, fault);
  if (!fault && ::access(path.c_str(), W_OK) != 0) fault.assign(errno, std::generic_category());
  if (fault) throw usage_error("--logs: can't write in '" + path + "': " + fault.message());
}

/// Whoever is told of more than one run is told of it as one scenario goes on.
std::string state_of(const played& one) {
  return counts_text(one.sum()) + "  " + (one.worst().exit ? fixed(one.worst().seconds(), 3) + " s" : "no end") + "  " +
         to_string(one.result());
}

class suite {
 public:
  explicit suite(const options& asked) : asked_(asked), subject_(asked) {}

  suite_report play() {
    report_.server = legible(subject_.source().describe());
    report_.profile = legible(subject_.known().name);
    report_.speech = subject_.speech().name();
    report_.seed = asked_.seed;
    report_.runs = asked_.runs;
    report_.grace = asked_.grace;
    report_.strict = asked_.strict || subject_.known().strict;
    std::cout << report_.speech << "\n";
    if (!asked_.logs.empty()) make_folder(asked_.logs);
    if (subject_.restartable())
      play_each();
    else
      play_at_once();
    return std::move(report_);
  }

 private:
  void play_each() {
    auto chosen = scenarios();
    keep_only(chosen, asked_.only, [](const scenario& each) { return each.name; });
    const auto can = abilities_of(*subject_.source().start({}), subject_.known(), subject_.speech(), asked_);
    for (const auto& each : chosen)
      if (const auto why = can.lacking(each))
        report_.left_out.push_back({each.name, *why});
      else
        play(each);
  }

  void play(const scenario& each) {
    played one{each.name, each.sentence, each.source, each.seen, {}};
    hindered trouble{one.name};
    show_.begin(one.name);
    for (int run = 0; run < asked_.runs; ++run) {
      try {
        auto out = play_in_position(each, run);
        out.run = run;
        one.runs.push_back(std::move(out));
        forget_all_but_worst(one);
      } catch (const std::runtime_error& e) {
        trouble.whys.push_back(legible(e.what()));
      }
    }
    show_.end(one.runs.empty() ? "could not run" : state_of(one));
    if (!one.runs.empty()) report_.scenarios.push_back(std::move(one));
    if (!trouble.whys.empty()) report_.not_run.push_back(std::move(trouble));
  }

  /// Of a thousand bars in each of twenty runs only those are drawn that tell most.
  static void forget_all_but_worst(played& one) {
    for (auto& each : one.runs)
      if (&each != &one.worst())
        for (auto& kind : each.kinds) kind.lanes = {};
  }

  /// Plays it anew while the clients were not in position, whatever came of it.
  outcome play_in_position(const scenario& each, int run) {
    constexpr int most = 5;
    for (int again = 0;; ++again) {
      auto out = play_once(each, run);
      out.again = again;
      if (out.held_position() || again == most) return out;
    }
  }

  /// Throws std::runtime_error where it can't be played: that hinders this run, and no other.
  outcome play_once(const scenario& each, int run) {
    shaker shake(asked_.seed, run, each.name);
    const auto plan = each.plan({subject_.known(), asked_.http2, asked_.tls, shake});
    const auto own = subject_.known().promise_of(each.name);
    start_order order{own.environment};
    order.wait = !plan.at_start;
    check_descriptors(plan);
    outcome out;
    const auto play = [&] {
      const auto server = subject_.source().start(order);
      out = watch(plan, *server, own);
      write_log(each.name, *server);
      look_afterwards(plan.then, *server, subject_.source(), order, out);
    };
    if (!plan.contained) {
      play();
    } else {
      on_own_thread([&] {
        private_network network;
        order.network = &network;
        play();
      });
    }
    for (auto& one : out.findings) one.text = legible(one.text);
    out.name = each.name;
    out.title = std::string(each.sentence) + " (" + report_.speech + ")";
    return out;
  }

  void write_log(const std::string& name, const server& ended) {
    if (asked_.logs.empty()) return;
    try {
      write_file(std::filesystem::path(asked_.logs) / (name + ".log"), [&](std::ostream& to) { to << ended.log(); });
    } catch (const std::runtime_error& e) {  // what came of the stop is known all the same
      report_.not_run.push_back({name, {std::string("--logs: ") + e.what()}});
    }
  }

  outcome watch(const run_plan& plan, server& target, const promise& own) {
    const auto patience = std::max(asked_.grace, own.within.value_or(0ms)) + asked_.margin + 2s;
    auto out = perform(plan, target, subject_.speech(), patience, show_);
    const bool reports = target.heard() && !subject_.known().report.empty() && !plan.at_start;
    const bool late = out.killed() && target.killed_as_late(between(out.signal, out.exit->at));
    judge(out, {asked_.grace, asked_.margin, own, report_.strict, target.stops_at_once(), late, reports});
    return out;
  }

  void play_at_once() {
    auto server = subject_.source().start({});
    const auto can = abilities_of(*server, subject_.known(), subject_.speech(), asked_);
    shaker shake(asked_.seed, 0, "target");
    auto parts = everything_at_once({subject_.known(), asked_.http2, asked_.tls, shake});
    keep_only(parts, asked_.only, [](const part& each) { return each.clients.name; });
    run_plan plan;
    plan.settled = at_any_time;
    for (auto& each : parts)
      if (const auto why = can.lacking(each.needs))
        report_.left_out.push_back({each.clients.name, *why});
      else
        plan.kinds.push_back(std::move(each.clients));
    if (plan.kinds.empty()) return;  // the one stop is not spent on nobody
    check_descriptors(plan);
    played one{"target", "Clients of each kind at once", "", "", {}};
    show_.begin(one.name);
    one.runs.push_back(watch(plan, *server, subject_.known().promise_of("target")));
    one.runs.back().name = one.name;
    one.runs.back().title = one.sentence + " (" + report_.speech + ")";
    show_.end(state_of(one));
    report_.scenarios.push_back(std::move(one));
  }

  const options& asked_;
  subject subject_;
  progress show_;
  suite_report report_;
};

}  // namespace

figures played::sum() const {
  figures all;
  for (const auto& one : runs) all.add(one.total());
  return all;
}

verdict played::result() const { return worst().worst(); }

const outcome& played::worst() const {
  const auto weight = [](const outcome& one) {
    return std::tuple(one.worst(), one.total().lost, !one.exit, one.seconds());
  };
  return *std::max_element(runs.begin(), runs.end(),
                           [&](const auto& left, const auto& right) { return weight(left) < weight(right); });
}

std::size_t played::runs_with_losses() const {
  return static_cast<std::size_t>(
      std::count_if(runs.begin(), runs.end(), [](const auto& one) { return one.worst() == verdict::lost; }));
}

bool fails(verdict which, bool strict) {
  return which == verdict::late || which == verdict::lost || (strict && which == verdict::fault);
}

bool suite_report::passed() const {
  return std::none_of(scenarios.begin(), scenarios.end(),
                      [this](const auto& one) { return fails(one.result(), strict); });
}

bool suite_report::has_played(const std::string& name) const {
  return std::any_of(scenarios.begin(), scenarios.end(), [&](const auto& one) { return one.name == name; });
}

int suite_report::exit_code() const { return !passed() ? 1 : not_run.empty() ? 0 : 2; }

suite_report play_suite(const options& asked) { return suite(asked).play(); }

}  // namespace sundown::testing::drain_kit
