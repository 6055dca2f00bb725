#include "drain_kit/junit.hpp"

#include "drain_kit/markup.hpp"
#include "drain_kit/text.hpp"

#include <algorithm>

namespace sundown::testing::drain_kit {

void write_junit(std::ostream& to, const suite_report& all) {
  const auto failed = std::count_if(all.scenarios.begin(), all.scenarios.end(),
                                    [&](const auto& one) { return fails(one.result(), all.strict); });
  to << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"drain-kit: " << escaped(all.speech)
     << "\" tests=\"" << all.scenarios.size() + all.left_out.size() << "\" failures=\"" << failed << "\" skipped=\""
     << all.left_out.size() << "\">\n";
  for (const auto& one : all.scenarios) {
    double seconds = 0;
    for (const auto& run : one.runs) seconds += run.seconds();
    to << "  <testcase classname=\"drain-kit\" name=\"" << escaped(one.name) << "\" time=\"" << fixed(seconds, 3)
       << "\">\n";
    if (fails(one.result(), all.strict)) {
      to << "    <failure message=\"" << to_string(one.result()) << ", lost " << one.sum().lost << "\">";
      for (const auto& each : one.worst().findings) to << escaped(each.text) << "\n";
      to << "</failure>\n";
    }
    to << "  </testcase>\n";
  }
  for (const auto& one : all.left_out)
    to << "  <testcase classname=\"drain-kit\" name=\"" << escaped(one.name) << "\"><skipped message=\""
       << escaped(one.why) << "\"/></testcase>\n";
  to << "</testsuite>\n";
}

}  // namespace sundown::testing::drain_kit
