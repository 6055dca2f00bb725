#include "drain_kit/html.hpp"
#include "drain_kit/interruption.hpp"
#include "drain_kit/json_report.hpp"
#include "drain_kit/junit.hpp"
#include "drain_kit/legible.hpp"
#include "drain_kit/list.hpp"
#include "drain_kit/options.hpp"
#include "drain_kit/suite.hpp"
#include "drain_kit/svg.hpp"
#include "drain_kit/table.hpp"
#include "drain_kit/written_file.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <iostream>

namespace {

using namespace sundown::testing;
using namespace sundown::testing::drain_kit;

/// A thousand connections need more descriptors than a shell gives; the server inherits the limit.
void allow_descriptors(rlim_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(count, limit.rlim_max));
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

template <class Write>
void write_to(const std::string& path, Write write) {
  if (path.empty()) return;
  write_file(path, write);
  std::cout << "written: " << path << "\n";
}

void write_files(const options& asked, const suite_report& all) {
  write_to(asked.svg, [&](std::ostream& to) {
    std::vector<outcome> worst;
    for (const auto& one : all.scenarios) worst.push_back(one.worst());
    write_svg(to, worst, all.strict);
  });
  write_to(asked.json, [&](std::ostream& to) { write_json(to, all); });
  write_to(asked.junit, [&](std::ostream& to) { write_junit(to, all); });
  write_to(asked.html, [&](std::ostream& to) { write_html(to, all); });
}

int play(int argc, char** argv) {
  const auto asked = parse(argc, argv);
  if (asked.help) return std::cout << usage(), 0;
  if (asked.list) return write_list(std::cout), 0;
  if (!asked.explain.empty()) return explain(std::cout, asked.explain), 0;
  if (!asked.compare.empty()) return write_comparison(std::cout, asked.compare[0], asked.compare[1]) ? 0 : 1;
  allow_descriptors(8192);
  clean_up_when_interrupted();
  const auto all = play_suite(asked);
  if (all.scenarios.size() == 1 && all.scenarios.front().name == "target")
    write_kinds(std::cout, all);
  else
    write_table(std::cout, all);
  write_files(asked, all);
  return all.exit_code();
}

/// What nobody could read is not done.
int run(int argc, char** argv) {
  const int code = play(argc, argv);
  if (!std::cout.flush()) throw std::runtime_error("can't write to the standard output: is the disk full?");
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const usage_error& e) {
    std::cerr << "drain-kit: " << e.what() << "; --help tells more\n";
  } catch (const std::exception& e) {
    std::cerr << "drain-kit: " << legible(e.what()) << "\n";
  }
  return 2;
}
