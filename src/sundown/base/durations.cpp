#include "base/durations.hpp"

#include <cstdio>

namespace sundown::base {

std::string config_text(milliseconds d) {
  auto count = d.count();
  if (count % 1000 == 0) return std::to_string(count / 1000) + "s";
  if (count > -1000 && count < 1000) return std::to_string(count) + "ms";
  auto text = seconds_number(d);
  text.erase(text.find_last_not_of('0') + 1);
  return text + "s";
}

std::string seconds_text(milliseconds d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(d.count()) / 1000);
  return text;
}

std::string seconds_number(milliseconds d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(d.count()) / 1000);
  return text;
}

}  // namespace sundown::base
