#include "drain_kit/json_report.hpp"

#include "drain_kit/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace sundown::testing::drain_kit {
namespace {

namespace json = boost::json;

json::object counts_of(const figures& count) {
  return {{"clients", count.clients},
          {"sent", count.sent},
          {"answered", count.answered},
          {"lost", count.lost},
          {"cut", count.cut},
          {"refused", count.refused},
          {"refused_streams", count.refused_streams},
          {"told_close", count.told_end}};
}

json::object kind_of(const kind_result& one) {
  json::object out{{"name", one.name}};
  for (const auto& each : counts_of(one.count)) out.insert(each);
  return out;
}

double rounded(double seconds) { return std::stod(fixed(seconds, 3)); }

json::object run_of(const outcome& what) {
  json::object out{{"run", what.run},
                   {"verdict", to_string(what.worst())},
                   {"signal", what.signals.empty() ? "" : what.signals.front().name},
                   {"again", what.again},
                   {"ended", what.exit.has_value()},
                   {"starved", rounded(std::chrono::duration<double>(what.starved).count())},
                   {"rule", what.rule}};
  if (what.exit) out["seconds"] = rounded(what.seconds());
  if (what.exit && what.exit->code >= 0) out["exit_code"] = what.exit->code;
  if (what.exit && what.exit->signal != 0) out["killed_by"] = signal_name(what.exit->signal);
  json::array found, clients;
  for (const auto& one : what.findings)
    found.push_back(json::object{{"verdict", to_string(one.weight)}, {"text", one.text}});
  for (const auto& one : what.kinds) clients.push_back(kind_of(one));
  out["findings"] = std::move(found);
  out["clients"] = std::move(clients);
  return out;
}

json::object scenario_of(const played& one) {
  json::object out{{"name", one.name},
                   {"verdict", to_string(one.result())},
                   {"runs_with_losses", one.runs_with_losses()},
                   {"worst_run", one.worst().run},
                   {"sum", counts_of(one.sum())}};
  json::array runs;
  for (const auto& each : one.runs) runs.push_back(run_of(each));
  out["runs"] = std::move(runs);
  return out;
}

}  // namespace

void write_json(std::ostream& to, const suite_report& all) {
  json::array scenarios, not_run, left_out;
  for (const auto& one : all.scenarios) scenarios.push_back(scenario_of(one));
  for (const auto& one : all.not_run)
    not_run.push_back(json::object{
        {"name", one.name}, {"runs", one.whys.size()}, {"why", json::array(one.whys.begin(), one.whys.end())}});
  for (const auto& one : all.left_out) left_out.push_back(json::object{{"name", one.name}, {"why", one.why}});
  const json::object whole{{"server", all.server},
                           {"profile", all.profile},
                           {"protocol", all.speech},
                           {"runs", all.runs},
                           {"seed", all.seed},
                           {"grace", rounded(std::chrono::duration<double>(all.grace).count())},
                           {"strict", all.strict},
                           {"passed", all.exit_code() == 0},
                           {"scenarios", std::move(scenarios)},
                           {"could_not_run", std::move(not_run)},
                           {"left_out", std::move(left_out)}};
  to << json::serialize(whole) << "\n";
}

}  // namespace sundown::testing::drain_kit
