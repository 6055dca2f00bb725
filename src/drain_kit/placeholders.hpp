#pragma once

#include <map>
#include <string>

namespace sundown::testing::drain_kit {

/// Fills in "{port}" and the like; what has no value stays as it is.
inline std::string filled(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    const auto mark = "{" + name + "}";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
      text.replace(at, mark.size(), value);
  }
  return text;
}

}  // namespace sundown::testing::drain_kit
