#include "drain_kit/created_file.hpp"
#include "drain_kit/options.hpp"
#include "drain_kit/runs.hpp"
#include "drain_kit/svg.hpp"
#include "drain_kit/table.hpp"
#include "drain_kit/text.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <iostream>

namespace {

using namespace sundown::testing;
using namespace sundown::testing::drain_kit;

/// A thousand connections need more descriptors than a shell gives; the service inherits the limit.
void allow_descriptors(rlim_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(count, limit.rlim_max));
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void write_files(const options& asked, const std::vector<outcome>& all) {
  if (!asked.svg.empty()) {
    auto file = created_file(asked.svg);
    write_svg(file, all);
    std::cout << "timeline: " << asked.svg << "\n";
  }
  if (!asked.json.empty()) {
    auto file = created_file(asked.json);
    write_json(file, all);
  }
}

int list(bool http2) {
  std::cout << "scenarios (--start):\n";
  for (const auto& one : scenarios(http2))
    std::cout << "  " << padded(one.plan.name, 16) << "  " << one.plan.title << "\n";
  std::cout << "kinds of client (--target):\n";
  for (const auto& one : generic_plan(http2, "/", "/", SIGTERM, 0ms).kinds) std::cout << "  " << one.name << "\n";
  return 0;
}

int run(int argc, char** argv) {
  const auto asked = parse(argc, argv);
  if (asked.list) return list(asked.http2);
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
    std::cerr << "drain-kit: " << e.what() << "; --help tells more\n";
  } catch (const std::exception& e) {
    std::cerr << "drain-kit: " << e.what() << "\n";
  }
  return 2;
}
