#include "support/service_command.hpp"

#include <charconv>
#include <cstdlib>

#include <unistd.h>

extern char** environ;

namespace sundown::test {
namespace {

/// What a process of the test needs from the outside: nothing of ours, so that a developer's SUNDOWN_ settings don't
/// reach the service.
bool passes_through(std::string_view variable) {
  for (const std::string_view kept :
       {"PATH=", "HOME=", "TMPDIR=", "LANG=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=", "TSAN_OPTIONS="})
    if (variable.starts_with(kept)) return true;
  return false;
}

}  // namespace

std::string binary_path() {
  if (const char* given = std::getenv("SUNDOWN_TEST_BINARY")) return std::filesystem::absolute(given).string();
#ifdef SUNDOWN_BINARY
  return SUNDOWN_BINARY;
#else
  return {};
#endif
}

command service_command(const service_options& options, const std::filesystem::path& directory) {
  std::map<std::string, std::string> settings{
      {"SUNDOWN_HTTP__ADDRESS", "127.0.0.1"},
      {"SUNDOWN_HTTP__PORT", "0"},
      {"SUNDOWN_HTTP__WORKERS", "2"},
      {"SUNDOWN_ADMIN__PORT", "0"},
      {"SUNDOWN_STORAGE__SQLITE__PATH", (directory / "notes.db").string()},
      {"SUNDOWN_LOG__FORMAT", "json"},
      {"SUNDOWN_DEMO__ENABLED", "true"},
      // MongoDB's driver keeps counters in a file of the process's number in /dev/shm, which a killed process leaves
      // there; the next one of that number warns of it on stderr before main().
      {"MONGOC_DISABLE_SHM", "1"},
  };
  for (const auto& name : options.unset) settings.erase(name);
  for (const auto& [name, value] : options.environment) settings[name] = value;
  command what;
  what.program = options.program.empty() ? binary_path() : options.program;
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
  what.without_packet_filters = options.without_packet_filters;
  for (char** one = environ; *one != nullptr; ++one)
    if (passes_through(*one)) what.environment.emplace_back(*one);
  // Without it a process under TSan sleeps for a second before each exit.
  if (std::getenv("TSAN_OPTIONS") == nullptr) what.environment.emplace_back("TSAN_OPTIONS=atexit_sleep_ms=0");
  for (const auto& [name, value] : settings) what.environment.push_back(name + "=" + value);
  return what;
}

std::optional<service_endpoints> wait_ready_line(const line_capture& out, milliseconds limit) {
  const auto line = out.wait_for(
      [](std::string_view one) {
        return one.find("ready") != std::string_view::npos && endpoint_in(one, "http") && endpoint_in(one, "admin");
      },
      limit);
  if (!line) return std::nullopt;
  return service_endpoints{*endpoint_in(*line, "http"), *endpoint_in(*line, "admin")};
}

std::optional<endpoint> parse_endpoint(std::string_view text) {
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

}  // namespace sundown::test
