#pragma once

#include <sundown/config.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// From a file and the environment to a config, or to everything that is wrong with them.
namespace sundown::configuration {

/// Variables by name. A value, so that nothing below main reads the process's own.
using environment = std::vector<std::pair<std::string, std::string>>;
environment process_environment();

/// A rule over several keys, added by the layer that knows it: faults as whole sentences that name the keys, which says
/// where the values came from. It is skipped while a key of its section ("shutdown") has a fault of its own.
struct check {
  std::string section;
  std::function<std::vector<std::string>(const config&)> faults;
};

struct loaded {
  config values;                    ///< what could be read; defaults elsewhere
  std::vector<std::string> faults;  ///< one line each, "where: what is wrong and what is allowed"; empty: all is well
  std::vector<std::string_view> unknown;  ///< keys that were or may have been given a value that could not be read
};

/// Precedence: environment (SUNDOWN_HTTP__PORT), then file, then default. Without a file: environment and defaults.
/// Of the environment, SUNDOWN_ names with "__" must be keys, and so must what is one but for case and the number of
/// underscores; SUNDOWN_TEST_ names are ignored. Waits for nobody: of files it reads no pipe, and 1 MiB at most.
loaded load(const std::optional<std::string>& file, const environment& variables,
            const std::vector<check>& checks = {});

}  // namespace sundown::configuration
