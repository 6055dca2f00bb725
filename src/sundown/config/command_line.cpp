#include "config/command_line.hpp"

#include "config/print.hpp"
#include "log/json_escape.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <ostream>
#include <system_error>

namespace sundown::configuration {
namespace {

/// The exit code after what was asked for has been written to `out`: a full disk must not look like an empty answer.
int written(std::ostream& out, std::ostream& err) {
  errno = 0;
  if (out << std::flush) return 0;
  const auto why = std::error_code(errno, std::generic_category());
  err << "sundown: cannot write to stdout" << (why ? ": " + why.message() : std::string()) << '\n';
  return failed_output;
}

/// Where the admin listener is. All else may be faulty: a service that runs has a configuration that was good.
bool knows_whom_to_ask(const loaded& read) {
  return std::ranges::none_of(read.unknown, [](auto name) { return name == "admin.address" || name == "admin.port"; });
}

}  // namespace

command_line parse(int argc, const char* const* argv, std::string_view version, std::ostream& out, std::ostream& err) {
  command_line asked;
  std::string file;
  bool check_only = false, print_only = false;

  CLI::App app("An HTTP service with the shutdown built in.", "sundown");
  app.set_version_flag("--version", "sundown " + std::string(version), "Print the version and exit");
  auto* const file_option =
      app.add_option("--config", file, "Configuration file (TOML); without it: the defaults")->type_name("FILE");
  auto* const check_flag =
      app.add_flag("--check-config", check_only, "Check the configuration and exit: 0 good, 2 not");
  auto* const print_flag =
      app.add_flag("--print-config", print_only, "Print the effective configuration, secrets masked, and exit")
          ->excludes(check_flag);
  auto* const health =
      app.add_subcommand("healthcheck", "Ask the running service whether it lives and exit: 0 yes, 1 not");
  health->fallthrough()->excludes(check_flag)->excludes(print_flag);
  app.footer("Every key can be set by environment too: SUNDOWN_HTTP__PORT=8080 is http.port.");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& told) {
    app.exit(told, out, err);
    asked.exit = written(out, err);
    return asked;
  } catch (const CLI::ParseError& fault) {
    err << "sundown: " << log::one_line(fault.what()) << "\n\n" << app.help();
    asked.exit = health->count() != 0 ? unhealthy : bad_usage;
    return asked;
  }
  if (file_option->count() != 0) asked.config_file = file;
  if (check_only) asked.what = command_line::action::check_config;
  if (print_only) asked.what = command_line::action::print_config;
  if (health->parsed()) asked.what = command_line::action::healthcheck;
  return asked;
}

std::variant<config, int> prepare(const command_line& asked, const environment& variables,
                                  const std::vector<check>& checks, std::ostream& out, std::ostream& err) {
  if (asked.exit) return *asked.exit;
  auto read = load(asked.config_file, variables, checks);
  const bool health = asked.what == command_line::action::healthcheck;
  if (health ? !knows_whom_to_ask(read) : !read.faults.empty()) {
    for (const auto& fault : read.faults) err << "sundown: " << log::one_line(fault) << '\n';
    return health ? unhealthy : bad_usage;
  }
  switch (asked.what) {
    case command_line::action::serve:
    case command_line::action::healthcheck:
      break;
    case command_line::action::check_config:
      return 0;
    case command_line::action::print_config:
      out << print(read.values);
      return written(out, err);
  }
  return std::move(read.values);
}

}  // namespace sundown::configuration
