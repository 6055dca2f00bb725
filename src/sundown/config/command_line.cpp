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
int written(const program& identity, std::ostream& out, std::ostream& err) {
  errno = 0;
  if (out << std::flush) return 0;
  const auto why = std::error_code(errno, std::generic_category());
  err << identity.name << ": cannot write to stdout" << (why ? ": " + why.message() : std::string()) << '\n';
  return failed_output;
}

constexpr const char* markdown = "markdown";

/// A flag without a value reads "true".
std::string print_form(const std::string& given) {
  if (given == "true" || given == markdown) return {};
  return "must have no value, or =" + std::string(markdown);
}

/// Where the admin listener is, and for its calls the token. All else may be faulty: a service that runs has a
/// configuration that was good.
bool knows_whom_to_ask(const loaded& read, bool calls) {
  return std::ranges::none_of(read.unknown, [&](const std::string& name) {
    return name == "admin.address" || name == "admin.port" || (calls && name.starts_with("admin.token"));
  });
}

}  // namespace

command_line parse(int argc, const char* const* argv, const program& identity, std::ostream& out, std::ostream& err) {
  command_line line;
  std::string file, printed;
  bool check_only = false;

  CLI::App app(identity.description, identity.name);
  app.set_version_flag("--version", identity.name + ' ' + identity.version, "Print the version and exit");
  auto* const file_option =
      app.add_option("--config", file, "Configuration file (TOML); without it: the defaults")->type_name("FILE");
  auto* const check_flag =
      app.add_flag("--check-config", check_only, "Check the configuration and exit: 0 good, 2 not");
  auto* const print_flag =
      app.add_flag("--print-config", printed,
                   "Print the effective configuration, secrets masked, and exit; =markdown: the table of all keys")
          ->excludes(check_flag)
          ->check(print_form, "");
  auto* const health =
      app.add_subcommand("healthcheck", "Ask the running service whether it lives and exit: 0 yes, 1 not");
  health->fallthrough()->excludes(check_flag)->excludes(print_flag);
  auto* const admin = app.add_subcommand(
      "admin", "Make a call on the running service's admin listener, with the token of the configuration");
  admin->fallthrough()->excludes(check_flag)->excludes(print_flag);
  admin->add_option("CALL", line.admin_call, "Readiness off and on again, the stop, or what it is doing")
      ->required()
      ->check(CLI::IsMember({"drain", "undrain", "shutdown", "status"}))
      ->type_name("");
  app.footer("Every key can be set by environment too: " + identity.variable_prefix() +
             "HTTP__PORT=8080 is http.port.");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& told) {
    app.exit(told, out, err);
    line.exit = written(identity, out, err);
    return line;
  } catch (const CLI::ParseError& fault) {
    err << identity.name << ": " << log::one_line(fault.what()) << "\n\n" << app.help();
    line.exit = health->count() != 0 ? unhealthy : bad_usage;
    return line;
  }
  if (file_option->count() != 0) line.config_file = file;
  if (check_only) line.what = command_line::action::check_config;
  if (print_flag->count() != 0)
    line.what = printed == markdown ? command_line::action::print_keys : command_line::action::print_config;
  if (health->parsed()) line.what = command_line::action::healthcheck;
  if (admin->parsed()) line.what = command_line::action::admin;
  return line;
}

std::variant<settings, int> prepare(const command_line& arguments, const environment& variables, const key_table& table,
                                    std::ostream& out, std::ostream& err,
                                    const std::function<std::vector<std::string>(const config&)>& advise) {
  if (arguments.exit) return *arguments.exit;
  if (arguments.what == command_line::action::print_keys) {
    out << markdown_table(table);
    return written(table.identity(), out, err);
  }
  auto read = load(table, arguments.config_file, variables);
  const bool health = arguments.what == command_line::action::healthcheck;
  const bool calls = arguments.what == command_line::action::admin;
  if (health || calls ? !knows_whom_to_ask(read, calls) : !read.faults.empty()) {
    for (const auto& fault : read.faults) err << table.identity().name << ": " << log::one_line(fault) << '\n';
    return health ? unhealthy : bad_usage;
  }
  if (arguments.what == command_line::action::check_config) {
    for (const auto& line : advise ? advise(read.values.common) : std::vector<std::string>())
      err << table.identity().name << ": " << log::one_line(line) << '\n';
    return 0;
  }
  if (arguments.what == command_line::action::print_config) {
    out << print(table, read.values);
    return written(table.identity(), out, err);
  }
  return std::move(read.values);
}

}  // namespace sundown::configuration
