#include "drain_kit/judge.hpp"

#include "drain_kit/stop_steps.hpp"
#include "drain_kit/text.hpp"

#include <csignal>

namespace sundown::testing::drain_kit {
namespace {

std::string seconds(milliseconds value) { return fixed(std::chrono::duration<double>(value).count(), 1) + " s"; }

std::string text_of(const std::set<int>& codes) {
  std::string text;
  for (const int code : codes) text += (text.empty() ? "" : " or ") + std::to_string(code);
  return text;
}

class court {
 public:
  court(outcome& what, const rules& by) : what_(what), by_(by) {}

  void judge() {
    what_.rule = rule();
    judge_requests();
    judge_connections();
    judge_exit();
    if (by_.reports) judge_report();
  }

 private:
  milliseconds bound() const { return by_.own.within.value_or(by_.grace); }
  std::string rule() const {
    std::string text = by_.own.names.empty() ? "nothing lost" : "cut and named";
    if (!by_.own.codes.empty()) text += ", exit code " + text_of(by_.own.codes);
    return text + ", within " + seconds(bound()) + " + " + seconds(by_.margin);
  }
  void find(verdict weight, std::string text) { what_.findings.push_back({weight, std::move(text)}); }

  void judge_requests() {
    for (const auto& one : what_.kinds) {
      const auto tell = [&](verdict weight, const char* what, std::size_t count, const std::string& why) {
        find(weight, std::string(what) + " " + std::to_string(count) + " (" + one.name + ")" + why);
      };
      for (const auto& [why, count] : one.count.losses) tell(verdict::lost, "lost", count, ": " + why);
      for (const auto& [how, count] : one.count.refusals)
        tell(by_.strict ? verdict::fault : verdict::told, "refused", count, ", safe to repeat: " + how);
      if (one.count.cut > 0 && by_.own.names.empty())
        tell(by_.strict ? verdict::fault : verdict::told, "cut", one.count.cut,
             ": what would not have ended by itself");
    }
  }

  void judge_connections() {
    for (const auto& one : what_.kinds) {
      for (const auto& [why, count] : one.count.breaches)
        find(verdict::fault, std::to_string(count) + " x " + one.name + ": " + why);
      if (one.count.early > 0)
        find(verdict::fault, std::to_string(one.count.early) + " x " + one.name +
                                 ": answered before the signal: nothing was under way");
      if (by_.at_once && one.each_told_end && one.count.lost == 0 && one.count.told_end != one.count.clients)
        find(verdict::fault, std::to_string(one.count.told_end) + " of " + std::to_string(one.count.clients) + " (" +
                                 one.name + ") were told that the connection ends");
    }
  }

  void judge_exit() {
    if (!what_.exit) return find(verdict::late, "still runs " + seconds(by_.grace) + " after the signal");
    const auto& codes = by_.own.codes;
    // As a shell tells it: 128 and the signal's number.
    const int code = what_.exit->signal != 0 ? 128 + what_.exit->signal : what_.exit->code;
    if (what_.killed()) {
      if (!codes.contains(code)) judge_kill();
    } else if (!codes.empty() && !codes.contains(code)) {
      if (what_.exit->signal != 0)
        find(verdict::fault, "killed by " + signal_name(what_.exit->signal));
      else if (code >= 0)
        find(verdict::fault, "exit code " + std::to_string(code) + " instead of " + text_of(codes));
    }
    if (between(what_.signal, what_.exit->at) > bound() + by_.margin + what_.starved)
      find(verdict::late, "took " + fixed(what_.seconds(), 3) + " s instead of " + seconds(bound()) + " + " +
                              seconds(by_.margin) + ", and " + seconds(what_.starved) + " without a processor");
  }

  void judge_kill() {
    if (by_.killed_as_late || between(what_.signal, what_.exit->at) >= by_.grace)
      return find(verdict::late, "killed, since it did not end in its grace");
    find(verdict::fault, "killed by SIGKILL after " + fixed(what_.seconds(), 3) +
                             " s, before its grace was over: by the OOM killer, by itself, or by what stops it");
  }

  void judge_report() {
    if (!what_.exit) return;
    const auto cut = cut_of(what_.report);
    if (what_.report.empty())
      find(verdict::fault, "no shutdown report");
    else if (!by_.own.names.empty() && cut.find(by_.own.names) == std::string_view::npos)
      find(verdict::fault, "the report doesn't name '" + by_.own.names + "' under what was cut");
    else if (by_.own.names.empty() && !cut.starts_with("\"cut\":[]"))
      find(verdict::fault, "the report names work that was cut");
  }

  outcome& what_;
  const rules& by_;
};

}  // namespace

void judge(outcome& what, const rules& by) { court(what, by).judge(); }

}  // namespace sundown::testing::drain_kit
