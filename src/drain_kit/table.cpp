#include "drain_kit/table.hpp"

#include "drain_kit/text.hpp"

#include <algorithm>
#include <map>

namespace sundown::testing::drain_kit {
namespace {

constexpr std::size_t name_width = 16, column_width = 8;

std::string cells(const figures& count) {
  std::string text;
  for (const auto value : {count.sent, count.answered, count.lost, count.cut, count.refused + count.refused_streams})
    text += right(std::to_string(value), column_width + 1);
  return text;
}

std::string heads() {
  std::string text;
  for (const char* head : {"sent", "answered", "lost", "cut", "refused"}) text += right(head, column_width + 1);
  return text;
}

std::string code_of(const outcome& what) {
  if (!what.exit) return "runs";
  if (what.exit->signal != 0) return signal_name(what.exit->signal);
  return what.exit->code < 0 ? "-" : std::to_string(what.exit->code);
}

/// What was found in all runs of a scenario, the worst of its counts and in how many runs.
void write_findings(std::ostream& to, const played& one) {
  int again = 0;
  for (const auto& run : one.runs) again += run.again;
  if (again > 0)
    to << "  " << one.name << ": played again " << again
       << " x, since an answer came before the signal: a machine that is busy otherwise, or a path 'slow' that isn't\n";
  std::map<std::string, std::size_t> seen;
  for (const auto& run : one.runs)
    for (const auto& each : run.findings) ++seen[std::string(to_string(each.weight)) + ": " + each.text];
  constexpr std::size_t most = 6;
  std::size_t written = 0;
  for (const auto& [text, runs] : seen) {
    if (++written > most) {
      to << "  " << one.name << ": and " << seen.size() - most << " more, see --json\n";
      return;
    }
    to << "  " << one.name << ": " << text;
    if (one.runs.size() > 1) to << " (" << runs << " of " << one.runs.size() << " runs)";
    to << "\n";
  }
}

/// Of several runs the first reason. The server's own words stand below.
void write_not_run(std::ostream& to, const suite_report& all) {
  for (const auto& one : all.not_run) {
    to << "could not run: " << one.name << ": ";
    if (all.runs > 1) to << one.whys.size() << " of " << all.runs << " runs: ";
    for (const char c : one.whys.front()) to << (c == '\n' ? "\n    " : std::string(1, c));
    to << "\n";
  }
}

void write_left_out(std::ostream& to, const suite_report& all) {
  std::map<std::string, std::string> by_reason;
  for (const auto& one : all.left_out) by_reason[one.why] += (by_reason[one.why].empty() ? "" : ", ") + one.name;
  for (const auto& [why, names] : by_reason) to << "left out: " << names << ": " << why << "\n";
}

}  // namespace

void write_table(std::ostream& to, const suite_report& all) {
  const bool many = all.runs > 1;
  to << "\n"
     << padded("scenario", name_width) << heads() << "     code  seconds  verdict  " << (many ? "lost in " : "")
     << "rule\n";
  for (const auto& one : all.scenarios) {
    const auto& worst = one.worst();
    to << padded(one.name, name_width) << cells(one.sum()) << right(code_of(worst), 9)
       << right(worst.exit ? fixed(worst.seconds(), 3) : "-", 9) << "  " << padded(to_string(one.result()), 9);
    if (many) to << padded(std::to_string(one.runs_with_losses()) + "/" + std::to_string(one.runs.size()), 8);
    to << worst.rule << "\n";
  }
  for (const auto& one : all.not_run)
    if (!all.has_played(one.name)) to << padded(one.name, name_width) << "could not run\n";
  if (many) to << "Sums over " << all.runs << " runs; code and seconds of the worst (--seed " << all.seed << ")\n";
  to << "\n";
  for (const auto& one : all.scenarios) write_findings(to, one);
  write_not_run(to, all);
  write_left_out(to, all);
}

void write_kinds(std::ostream& to, const suite_report& all) {
  const auto& one = all.scenarios.front();
  const auto& what = one.runs.front();
  to << "\n" << padded("clients", name_width) << right("number", column_width + 1) << heads() << "\n";
  for (const auto& kind : what.kinds)
    to << padded(kind.name, name_width) << right(std::to_string(kind.count.clients), column_width + 1)
       << cells(kind.count) << "\n";
  to << "\n";
  if (what.exit)
    to << "The process ended " << fixed(what.seconds(), 3) << " s after " << what.signals.front().name << ".\n";
  to << to_string(one.result()) << " (" << what.rule << ")\n";
  write_findings(to, one);
  write_left_out(to, all);
}

}  // namespace sundown::testing::drain_kit
