#pragma once

#include "app/service.hpp"
#include "config/load.hpp"

#include <optional>
#include <string>

/// The keys of the sample: those that every service has, and its own.
namespace sundown::configuration {

inline const key_table& common_table() {
  static const key_table all(program("sundown", "1.2.3"), common_keys(), app::own_keys().erased());
  return all;
}

/// The sample's own among them.
inline app::settings& own(const settings& all) { return *static_cast<app::settings*>(all.own.get()); }

inline settings defaults() { return common_table().defaults(); }

inline loaded load(const std::optional<std::string>& file, const environment& variables) {
  return load(common_table(), file, variables);
}

/// With checks added.
inline loaded load(const std::optional<std::string>& file, const environment& variables, const keys<config>& common) {
  return load(key_table(program("sundown", "1.2.3"), common, app::own_keys().erased()), file, variables);
}

}  // namespace sundown::configuration
