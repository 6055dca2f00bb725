#pragma once

#include "config/key_table.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// From a file and the environment to settings, or to everything that is wrong with them.
namespace sundown::configuration {

/// Variables by name. A value, so that nothing below main reads the process's own.
using environment = std::vector<std::pair<std::string, std::string>>;
environment process_environment();

struct loaded {
  settings values;                   ///< what could be read; defaults elsewhere
  std::vector<std::string> faults;   ///< one line each, "where: what is wrong and what is allowed"; empty: all is well
  std::vector<std::string> unknown;  ///< keys that were or may have been given a value that could not be read
};

/// Precedence: environment (ORDERS_HTTP__PORT), then file, then default. Without a file: environment and defaults.
/// Of the environment, ORDERS_ names with "__" must be keys, and so must what is one but for case and the number of
/// underscores; ORDERS_TEST_ names are ignored. Waits for nobody: of files it reads no pipe, and 1 MiB at most.
loaded load(const key_table& table, const std::optional<std::string>& file, const environment& variables);

}  // namespace sundown::configuration
