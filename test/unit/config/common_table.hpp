#pragma once

#include "config/load.hpp"

#include <optional>
#include <string>

/// The keys that every service has, without any of a service's own, in a program called sundown.
namespace sundown::configuration {

inline const key_table& common_table() {
  static const key_table all(program("sundown", "1.2.3"));
  return all;
}

inline settings defaults() { return common_table().defaults(); }

inline loaded load(const std::optional<std::string>& file, const environment& variables) {
  return load(common_table(), file, variables);
}

/// With checks added.
inline loaded load(const std::optional<std::string>& file, const environment& variables, const keys<config>& common) {
  return load(key_table(program("sundown", "1.2.3"), common), file, variables);
}

}  // namespace sundown::configuration
