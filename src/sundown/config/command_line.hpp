#pragma once

#include "config/load.hpp"

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sundown::configuration {

/// Exit code of a faulty configuration and of wrong usage.
inline constexpr int bad_usage = 2;
/// Exit code of an answer (help, version, configuration) that stdout doesn't take.
inline constexpr int failed_output = 1;

/// Exit code of a healthcheck that can't ask: container engines have reserved 2.
inline constexpr int unhealthy = 1;

/// What the arguments ask for.
struct command_line {
  enum class action { serve, check_config, print_config, print_keys, healthcheck, admin };
  action what = action::serve;
  std::optional<std::string> config_file;
  std::optional<int> exit;      ///< set: all is said (help, version, wrong usage); leave with this code
  std::string admin_call = {};  ///< of the action admin: "drain"
};

/// Prints help and version to `out`, faults with the usage to `err`; output that fails is a fault too. Never exits by
/// itself.
command_line parse(int argc, const char* const* argv, const program& identity, std::ostream& out, std::ostream& err);

/// Does what the arguments ask for, up to what needs the service: the settings to serve with, or to ask its health with
/// (then only admin.address and admin.port need be right) or its admin listener (all of admin), or the exit code to
/// leave with. `advise`: lines for whoever checks a configuration that is good.
std::variant<settings, int> prepare(const command_line& arguments, const environment& variables, const key_table& table,
                                    std::ostream& out, std::ostream& err,
                                    const std::function<std::vector<std::string>(const config&)>& advise = {});

}  // namespace sundown::configuration
