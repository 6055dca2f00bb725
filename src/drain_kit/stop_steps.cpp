#include "drain_kit/stop_steps.hpp"

#include <cstdlib>

namespace sundown::testing::drain_kit {
namespace {

/// What stands between the two texts, and is cut off the front of `rest` with them; false if they aren't there.
bool take_between(std::string_view& rest, std::string_view before, std::string_view after, std::string& out) {
  const auto from = rest.find(before);
  if (from == std::string_view::npos) return false;
  rest.remove_prefix(from + before.size());
  const auto to = rest.find(after);
  if (to == std::string_view::npos) return false;
  out = rest.substr(0, to);
  rest.remove_prefix(to);
  return true;
}

}  // namespace

// The report is one line of our own making, of which this reads two members: less than a JSON parser needs.
std::vector<step> steps_of(std::string_view report) {
  std::vector<step> steps;
  const auto at = report.find("\"steps\":[");
  if (at == std::string_view::npos) return steps;
  auto rest = report.substr(at, report.find(']', at) - at);
  for (std::string name, seconds; take_between(rest, "{\"name\":\"", "\"", name);) {
    if (!take_between(rest, "\"seconds\":", "}", seconds)) break;
    steps.push_back({name, std::strtod(seconds.c_str(), nullptr)});
  }
  return steps;
}

std::string_view cut_of(std::string_view report) {
  const auto from = report.find("\"cut\":[");
  if (from == std::string_view::npos) return {};
  return report.substr(from, report.find("\"background_left\":", from) - from);
}

}  // namespace sundown::testing::drain_kit
