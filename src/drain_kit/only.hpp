#pragma once

#include "drain_kit/options.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace sundown::testing::drain_kit {

/// Keeps the items with the names that the option was given. Throws usage_error if there is none of that name.
template <class Items, class Name>
void keep_only(Items& items, const std::vector<std::string>& only, Name name, const std::string& option = "--only") {
  if (only.empty()) return;
  for (const auto& wanted : only)
    if (std::none_of(items.begin(), items.end(), [&](const auto& each) { return name(each) == wanted; }))
      throw usage_error(option + ": there is no '" + wanted + "'; see --list");
  std::erase_if(items, [&](const auto& each) { return std::find(only.begin(), only.end(), name(each)) == only.end(); });
}

}  // namespace sundown::testing::drain_kit
