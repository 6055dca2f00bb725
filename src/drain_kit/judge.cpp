#include "drain_kit/judge.hpp"

#include "drain_kit/stop_steps.hpp"
#include "drain_kit/text.hpp"

namespace sundown::testing::drain_kit {
namespace {

std::string seconds(milliseconds value) { return fixed(std::chrono::duration<double>(value).count(), 1) + " s"; }

std::string text_of(const std::set<int>& codes) {
  std::string text;
  for (const int code : codes) text += (text.empty() ? "" : " or ") + std::to_string(code);
  return text;
}

void judge_losses(outcome& what) {
  for (const auto& one : what.kinds)
    for (const auto& [why, count] : one.count.losses)
      what.broken.push_back("lost " + std::to_string(count) + " (" + one.name + "): " + why);
}

/// Who announces its stop before it ends connections need refuse no stream.
void judge_refusals(outcome& what) {
  for (const auto& one : what.kinds)
    for (const auto& [how, count] : one.count.refusals)
      what.broken.push_back("refused " + std::to_string(count) + " (" + one.name + "): " + how);
}

void judge_connections(outcome& what) {
  for (const auto& one : what.kinds) {
    for (const auto& [why, count] : one.count.breaches)
      what.broken.push_back(std::to_string(count) + " x " + one.name + ": " + why);
    if (one.each_told_end && one.count.told_end != one.count.clients)
      what.broken.push_back(std::to_string(one.count.told_end) + " of " + std::to_string(one.count.clients) + " (" +
                            one.name + ") were told that the connection ends");
  }
}

void judge_exit(outcome& what, const scenario& expected, milliseconds margin) {
  if (!what.exit) {
    what.broken.push_back("still runs " + seconds(expected.plan.patience) + " after the signal");
    return;
  }
  if (what.exit->signal != 0)
    what.broken.push_back("killed by " + signal_name(what.exit->signal));
  else if (!expected.codes.contains(what.exit->code))
    what.broken.push_back("exit code " + std::to_string(what.exit->code) + " instead of " + text_of(expected.codes));
  const auto took = between(what.signal, what.exit->at);
  if (took > expected.within + margin + what.starved)
    what.broken.push_back("took " + fixed(what.seconds(), 3) + " s instead of " + seconds(expected.within) + " + " +
                          seconds(margin) + ", and " + seconds(what.starved) + " without a processor");
}

void judge_report(outcome& what, const scenario& expected) {
  if (!what.exit) return;
  const auto cut = cut_of(what.report);
  if (what.report.empty())
    what.broken.push_back("no shutdown report");
  else if (!expected.names.empty() && cut.find(expected.names) == std::string_view::npos)
    what.broken.push_back("the report doesn't name '" + expected.names + "' under what was cut");
  else if (expected.names.empty() && !cut.starts_with("\"cut\":[]"))
    what.broken.push_back("the report names work that was cut");
}

}  // namespace

void judge(outcome& what, const scenario& expected, milliseconds margin) {
  const bool forced = !expected.names.empty();
  what.rule = std::string(forced ? "cut and named" : "nothing lost") + ", exit code " + text_of(expected.codes) +
              " within " + seconds(expected.within) + " + " + seconds(margin);
  judge_losses(what);
  judge_refusals(what);
  judge_connections(what);
  judge_exit(what, expected, margin);
  judge_report(what, expected);
}

void judge(outcome& what, milliseconds limit) {
  what.rule = "nothing lost, ends within " + seconds(limit);
  judge_losses(what);
  if (!what.exit) what.broken.push_back("still runs " + seconds(limit) + " after the signal");
}

}  // namespace sundown::testing::drain_kit
