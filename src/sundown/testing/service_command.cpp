#include <sundown/testing/service_command.hpp>

#include "base/program_name.hpp"

#include <algorithm>
#include <charconv>

#include <unistd.h>

namespace sundown::testing {
namespace {

/// "ORDERS_" of ".../bin/orders".
std::string prefix_of(const std::string& program) {
  return base::variable_prefix(std::filesystem::path(program).filename().string()) + '_';
}

/// "ORDERS_HTTP__WORKERS" of "http.workers".
std::string variable_name(const std::string& prefix, std::string_view key) {
  std::string name = prefix;
  for (const char c : key) {
    if (c == '.')
      name += "__";
    else
      name += base::variable_prefix({&c, 1});
  }
  return name;
}

/// What a process of the test needs from the outside: no settings, so that a developer's own don't reach the service.
bool passes_through(std::string_view variable) {
  for (const std::string_view kept :
       {"PATH=", "HOME=", "TMPDIR=", "LANG=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=", "TSAN_OPTIONS="})
    if (variable.starts_with(kept)) return true;
  return false;
}

}  // namespace

command service_command(const service_options& options, const std::filesystem::path& directory) {
  const auto prefix = options.variable_prefix.empty() ? prefix_of(options.program) : options.variable_prefix;
  std::map<std::string, std::string> settings{
      {"http.address", "127.0.0.1"}, {"http.port", "0"},     {"http.workers", "2"},
      {"admin.port", "0"},           {"log.format", "json"},
  };
  for (const auto& [key, value] : options.settings) settings[key] = value;
  // MongoDB's driver keeps counters in a file of the process's number in /dev/shm, which a killed process leaves there;
  // the next one of that number warns of it on stderr before main().
  std::map<std::string, std::string> variables{{"MONGOC_DISABLE_SHM", "1"}};
  for (const auto& [key, value] : settings) variables[variable_name(prefix, key)] = value;
  for (const auto& name : options.unset) variables.erase(name);
  for (const auto& [name, value] : options.environment) variables[name] = value;
  command what;
  what.program = options.program;
  what.arguments = options.arguments;
  if (options.without_capabilities && ::geteuid() == 0) {
    what.arguments.insert(what.arguments.begin(), {"--bounding-set=-all", "--inh-caps=-all", "--", what.program});
    what.program = "/usr/bin/setpriv";
  }
  what.directory = directory.string();
  what.without_stdout = options.without_stdout;
  what.pipe_size = options.pipe_size;
  what.descriptors = options.descriptors;
  what.open_files = options.open_files;
  what.prepare = options.prepare;
  for (char** one = environ; *one != nullptr; ++one)
    if (passes_through(*one)) what.environment.emplace_back(*one);
  // Under TSan a process would sleep for a second before each exit, and call it a leak that a forced one, or one during
  // the start, joins no thread.
  if (std::ranges::none_of(what.environment, [](const auto& kept) { return kept.starts_with("TSAN_OPTIONS="); }))
    what.environment.emplace_back("TSAN_OPTIONS=atexit_sleep_ms=0:report_thread_leaks=0");
  for (const auto& [name, value] : variables) what.environment.push_back(name + "=" + value);
  return what;
}

std::optional<service_endpoints> wait_ready_line(const line_capture& out, milliseconds limit) {
  const auto line = out.wait_for(
      [](std::string_view one) {
        return one.find("ready") != std::string_view::npos && endpoint_in(one, "admin") &&
               (endpoint_in(one, "http") || endpoint_in(one, "https"));
      },
      limit);
  if (!line) return std::nullopt;
  return service_endpoints{endpoint_in(*line, "http").value_or(endpoint()), *endpoint_in(*line, "admin"),
                           endpoint_in(*line, "https").value_or(endpoint())};
}

std::optional<endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with("unix:/")) return endpoint{std::string(text), 0};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  endpoint where;
  const auto port = text.substr(colon + 1);
  const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), where.port);
  if (fault != std::errc{} || end != port.data() + port.size() || where.port == 0) return std::nullopt;
  auto address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  where.address = address;
  return where;
}

std::optional<endpoint> endpoint_in(std::string_view line, std::string_view key) {
  for (const std::string_view separator : {"=", "\":\""}) {
    const auto mark = std::string(key) + std::string(separator);
    const auto at = line.find(mark);
    if (at == std::string_view::npos) continue;
    const auto value = line.substr(at + mark.size());
    return parse_endpoint(value.substr(0, value.find_first_of(" \t\",")));
  }
  return std::nullopt;
}

}  // namespace sundown::testing
