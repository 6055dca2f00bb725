#include "config/load.hpp"

#include "config/faults.hpp"
#include "config/suggest.hpp"

#include <unistd.h>

#include <algorithm>

namespace sundown::configuration {
namespace {

constexpr std::string_view prefix = "SUNDOWN_", test_prefix = "SUNDOWN_TEST_", level_separator = "__";

/// One of ours, and meant for us: container platforms make variables like SUNDOWN_PORT of a service's name.
bool names_a_key(std::string_view variable) {
  return variable.starts_with(prefix) && !variable.starts_with(test_prefix) &&
         variable.find(level_separator) != std::string_view::npos;
}

void read_environment(const environment& variables, config& into, fault_list& faults) {
  std::vector<std::string> known;
  for (const auto& each : keys()) known.push_back(each.variable());
  for (const auto& [name, text] : variables) {
    if (!names_a_key(name)) continue;
    const auto found = std::ranges::find(known, name);
    if (found == known.end()) {
      faults.add(name, "names no key" + did_you_mean(name, known, level_separator));
      continue;
    }
    const auto& of = keys()[static_cast<std::size_t>(found - known.begin())];
    const auto read = convert(of, {text, "a text", true});
    if (read)
      of.set(into, *read);
    else
      faults.add(name, of, read.error().detail);
  }
}

bool is_any(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

/// Both listeners on one port would share it (SO_REUSEPORT), each getting a part of the other's connections.
std::vector<std::string> shared_port(const config& c) {
  const bool overlap = c.http.address == c.admin.address || is_any(c.http.address) || is_any(c.admin.address);
  if (c.http.port == 0 || c.http.port != c.admin.port || !overlap) return {};
  return {"http.port and admin.port are both " + std::to_string(c.http.port) + "; they must differ"};
}

}  // namespace

environment process_environment() {
  environment out;
  for (char** each = environ; each && *each; ++each) {
    const std::string_view entry(*each);
    const auto equals = entry.find('=');
    if (equals != std::string_view::npos) out.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return out;
}

loaded load(const std::optional<std::string>& file, const environment& variables, const std::vector<check>& checks) {
  loaded out;
  fault_list faults;
  if (file) read_file(*file, out.values, faults);
  read_environment(variables, out.values, faults);
  const auto apply = [&](const check& one) {
    if (!faults.trusts(one.section)) return;
    for (const auto& fault : one.faults(out.values)) faults.add(file ? *file : "configuration", fault);
  };
  if (faults.trusts("admin")) apply({"http", shared_port});
  for (const auto& one : checks) apply(one);
  out.faults = std::move(faults.lines());
  return out;
}

}  // namespace sundown::configuration
