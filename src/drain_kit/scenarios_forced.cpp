// Stops that end by force, as a profile promises them.
#include "drain_kit/placeholders.hpp"
#include "drain_kit/scenario.hpp"

#include <csignal>

namespace sundown::testing::drain_kit {
namespace {

constexpr auto forever = 600'000ms;
constexpr auto bounds = "Docker, docker stop: SIGKILL after the grace; Kubernetes, terminationGracePeriodSeconds";

run_plan play_hard_cancel(const cue& with) { return {{in_order("cancelled", 4, cancelled(with.slow(forever)))}}; }

/// No worker is left once none of many new connections is answered: they are spread over all workers.
bool all_workers_blocked(const stage& scene, const std::string& quick) {
  for (int i = 0; i < 8; ++i) {
    const deadline end(100ms);
    const auto probe = scene.speech().begin();
    if (probe->connect(scene.where(), end.left()) != connecting::connected) continue;
    probe->ask({{quick}}, end.left());
    if (probe->take(end.left()).whole()) return false;
  }
  return true;
}

run_plan play_blocked(const cue& with) {
  run_plan plan{{untold("blocked", 16, endless(filled(with.server.block, {{"ms", "60000"}})))}};
  plan.settled = [quick = with.server.quick](const stage& scene) { return all_workers_blocked(scene, quick); };
  return plan;
}

run_plan play_second_ctrl_c(const cue& with) {
  run_plan plan{{untold("endless", 4, endless(with.slow(forever)))}};
  plan.signals = {{SIGINT}, {SIGINT, 600ms}};
  return plan;
}

}  // namespace

void add_forced(std::vector<scenario>& all) {
  all.push_back({"hard-cancel",
                 "Handlers that never end are cancelled, and answered 503.",
                 bounds,
                 "curl: (52) Empty reply from server, instead of 503",
                 {need::slow_by_ms, need::promised},
                 play_hard_cancel});
  all.push_back({"blocked",
                 "Every worker is blocked in a handler: the stop ends by its own deadline, and names it.",
                 bounds,
                 "nothing, until the grace is over and all is killed",
                 {need::block, need::promised},
                 play_blocked});
  all.push_back({"second-ctrl-c",
                 "Endless requests; Ctrl-C, and again 600 ms later: the second ends it at once.",
                 "signal(7); the custom of command lines",
                 "a terminal that hangs",
                 {need::slow_by_ms, need::promised, need::start},
                 play_second_ctrl_c});
}

}  // namespace sundown::testing::drain_kit
