#include "drain_kit/judge.hpp"
#include "drain_kit/options.hpp"
#include "drain_kit/svg.hpp"
#include "drain_kit/table.hpp"
#include "drain_kit/text.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace {

using namespace sundown::test;
using namespace sundown::test::drain_kit;

/// A thousand connections need more descriptors than a shell gives; the service inherits the limit.
void allow_descriptors(rlim_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(count, limit.rlim_max));
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::ofstream created(const std::filesystem::path& path) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path);
  if (!file) throw std::runtime_error("can't write '" + path.string() + "'");
  return file;
}

void write_files(const options& asked, const std::vector<outcome>& all) {
  if (!asked.svg.empty()) {
    auto file = created(asked.svg);
    write_svg(file, all);
    std::cout << "timeline: " << asked.svg << "\n";
  }
  if (!asked.json.empty()) {
    auto file = created(asked.json);
    write_json(file, all);
  }
}

template <class Items, class Name>
void keep_only(Items& items, const std::vector<std::string>& only, Name name_of) {
  if (only.empty()) return;
  for (const auto& name : only)
    if (std::none_of(items.begin(), items.end(), [&](const auto& one) { return name_of(one) == name; }))
      throw usage_error("--only: there is no '" + name + "'; see --list");
  std::erase_if(items,
                [&](const auto& one) { return std::find(only.begin(), only.end(), name_of(one)) == only.end(); });
}

const std::string& scenario_name(const scenario& one) { return one.plan.name; }
const std::string& kind_name(const kind& one) { return one.name; }

outcome start_and_stop(const scenario& one, const options& asked, progress& show) {
  service_options how;
  how.environment = one.settings;
  // What is to be read in the log is the stop, not thousands of requests.
  how.environment.emplace("SUNDOWN_LOG__ACCESS", "false");
  started_service service(std::filesystem::absolute(asked.start), how);
  auto out = perform(one.plan, service, show);
  judge(out, one, asked.margin);
  if (!asked.logs.empty()) created(std::filesystem::path(asked.logs) / (out.name + ".log")) << service.log();
  return out;
}

/// A service that doesn't start fails its scenario, not the others.
outcome run_scenario(const scenario& one, const options& asked, progress& show) {
  show.begin(one.plan.name);
  outcome out;
  try {
    out = start_and_stop(one, asked, show);
  } catch (const std::runtime_error& e) {
    out.name = one.plan.name;
    out.title = one.plan.title;
    out.broken.push_back(e.what());
  }
  show.end(counts_text(out.total()) + "  " + (out.exit ? fixed(out.seconds(), 3) + " s" : "no end") + "  " +
           (out.broken.empty() ? "ok" : "FAIL"));
  return out;
}

std::vector<outcome> run_scenarios(const options& asked) {
  auto chosen = scenarios();
  keep_only(chosen, asked.only, scenario_name);
  if (::access(asked.start.c_str(), X_OK) != 0) throw usage_error("--start: can't execute '" + asked.start + "'");
  std::vector<outcome> all;
  progress show;
  for (const auto& one : chosen) all.push_back(run_scenario(one, asked, show));
  write_table(std::cout, all);
  return all;
}

/// The status of a whole answer; 0 if there is none.
int status_of(const endpoint& where, const std::string& path) {
  const auto answer = ask(where, get(path));
  return answer.whole() ? answer.status : 0;
}

void check_paths(options& asked) {
  const auto status = status_of(*asked.target, asked.path);
  if (status == 0) throw usage_error("--target: no answer to GET " + asked.path);
  if (status != 200)
    throw usage_error("--path: GET " + asked.path + " answers " + std::to_string(status) + ", not 200");
  const auto begin = clock::now();
  const auto slow = status_of(*asked.target, asked.slow_path);
  const bool given = asked.given.contains("--slow-path");
  if (slow != 200 && given)
    throw usage_error("--slow-path: GET " + asked.slow_path + " answers " + std::to_string(slow) + ", not 200");
  // A server may answer any path: what is not slow is not under way at the signal.
  const bool takes_time = between(begin, clock::now()) >= 100ms;
  if (takes_time && slow == 200) return;
  if (given) throw usage_error("--slow-path: GET " + asked.slow_path + " takes less than 0.1 s");
  asked.slow_path.clear();
}

std::vector<outcome> run_target(options asked) {
  running_process server(asked.pid, *asked.target);
  check_paths(asked);
  auto plan = generic_plan(asked.path, asked.slow_path, asked.signal, asked.limit);
  keep_only(plan.kinds, asked.only, kind_name);
  progress show;
  show.begin("target");
  auto out = perform(plan, server, show);
  judge(out, asked.limit);
  show.end(counts_text(out.total()) + (asked.slow_path.empty() ? "  (without slow requests: see --slow-path)" : ""));
  write_kinds(std::cout, out);
  return {out};
}

int list() {
  std::cout << "scenarios (--start):\n";
  for (const auto& one : scenarios()) std::cout << "  " << padded(one.plan.name, 16) << "  " << one.plan.title << "\n";
  std::cout << "kinds of client (--target):\n";
  for (const auto& one : generic_plan("/", "/", SIGTERM, 0ms).kinds) std::cout << "  " << one.name << "\n";
  return 0;
}

int run(int argc, char** argv) {
  const auto asked = parse(argc, argv);
  if (asked.list) return list();
  if (asked.help) return std::cout << usage(), 0;
  allow_descriptors(8192);
  const auto all = asked.target ? run_target(asked) : run_scenarios(asked);
  write_files(asked, all);
  return std::all_of(all.begin(), all.end(), [](const auto& one) { return one.broken.empty(); }) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const usage_error& e) {
    std::cerr << "drain_kit: " << e.what() << "; --help tells more\n";
  } catch (const std::exception& e) {
    std::cerr << "drain_kit: " << e.what() << "\n";
  }
  return 2;
}
