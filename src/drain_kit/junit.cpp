#include "drain_kit/junit.hpp"

#include "drain_kit/markup.hpp"
#include "drain_kit/text.hpp"

#include <algorithm>

namespace sundown::testing::drain_kit {
namespace {

void write_error(std::ostream& to, const hindered& what) {
  to << "    <error message=\"could not run\">";
  for (const auto& each : what.whys) to << escaped(each) << "\n";
  to << "</error>\n";
}

void write_played(std::ostream& to, const played& one, const suite_report& all) {
  double seconds = 0;
  for (const auto& run : one.runs) seconds += run.seconds();
  to << "  <testcase classname=\"drain-kit\" name=\"" << escaped(one.name) << "\" time=\"" << fixed(seconds, 3)
     << "\">\n";
  if (fails(one.result(), all.strict)) {
    to << "    <failure message=\"" << to_string(one.result()) << ", lost " << one.sum().lost << "\">";
    for (const auto& each : one.worst().findings) to << escaped(each.text) << "\n";
    to << "</failure>\n";
  }
  for (const auto& each : all.not_run)
    if (each.name == one.name) write_error(to, each);
  to << "  </testcase>\n";
}

}  // namespace

void write_junit(std::ostream& to, const suite_report& all) {
  const auto failed = std::count_if(all.scenarios.begin(), all.scenarios.end(),
                                    [&](const auto& one) { return fails(one.result(), all.strict); });
  const auto never_ran = static_cast<std::size_t>(std::count_if(
      all.not_run.begin(), all.not_run.end(), [&](const auto& one) { return !all.has_played(one.name); }));
  to << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"drain-kit: " << escaped(all.speech)
     << "\" tests=\"" << all.scenarios.size() + never_ran + all.left_out.size() << "\" failures=\"" << failed
     << "\" errors=\"" << all.not_run.size() << "\" skipped=\"" << all.left_out.size() << "\">\n";
  for (const auto& one : all.scenarios) write_played(to, one, all);
  for (const auto& one : all.not_run) {
    if (all.has_played(one.name)) continue;
    to << "  <testcase classname=\"drain-kit\" name=\"" << escaped(one.name) << "\">\n";
    write_error(to, one);
    to << "  </testcase>\n";
  }
  for (const auto& one : all.left_out)
    to << "  <testcase classname=\"drain-kit\" name=\"" << escaped(one.name) << "\"><skipped message=\""
       << escaped(one.why) << "\"/></testcase>\n";
  to << "</testsuite>\n";
}

}  // namespace sundown::testing::drain_kit
