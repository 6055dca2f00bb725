#pragma once

#include "config/load.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <variant>

namespace sundown::configuration {

/// Exit code of a faulty configuration and of wrong usage.
inline constexpr int bad_usage = 2;

/// What the arguments ask for.
struct command_line {
  enum class action { serve, check_config, print_config, healthcheck };
  action what = action::serve;
  std::optional<std::string> config_file;
  std::optional<int> exit;  ///< set: all is said (help, version, wrong usage); leave with this code
};

/// Prints help and version to `out`, faults with the usage to `err`. Never exits by itself.
command_line parse(int argc, const char* const* argv, std::string_view version, std::ostream& out, std::ostream& err);

/// Does what was asked up to what needs the service: the configuration to serve with or to ask its health with, or the
/// exit code to leave with.
std::variant<config, int> prepare(const command_line& asked, const environment& variables,
                                  const std::vector<check>& checks, std::ostream& out, std::ostream& err);

}  // namespace sundown::configuration
