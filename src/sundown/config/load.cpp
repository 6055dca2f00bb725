#include "config/load.hpp"

#include "config/faults.hpp"
#include "config/suggest.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>

namespace sundown::configuration {
namespace {

constexpr std::string_view prefix = "SUNDOWN_", test_prefix = "SUNDOWN_TEST_", level_separator = "__";

/// One of ours, and meant for us: container platforms make variables like SUNDOWN_PORT of a service's name.
bool names_a_key(std::string_view variable) {
  return variable.starts_with(prefix) && variable.find(level_separator) != std::string_view::npos;
}

/// Without what is easily mistaken: case, and how many underscores.
std::string folded(std::string_view variable) {
  std::string out;
  for (const char c : variable)
    if (c != '_' || !out.ends_with('_')) out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

/// What container platforms set for a service "sundown-http": SUNDOWN_HTTP_PORT=tcp://10.0.0.1:80.
bool is_link(std::string_view text) {
  return text.starts_with("tcp://") || text.starts_with("udp://") || text.starts_with("sctp://");
}

/// All keys' variables, and names that are nearly one.
class variable_names {
 public:
  variable_names() {
    for (const auto& each : keys()) names_.push_back(each.variable());
    for (const auto& each : names_) folded_.push_back(folded(each));
  }

  const key* find(std::string_view name) const {
    const auto found = std::ranges::find(names_, name);
    return found == names_.end() ? nullptr : &keys()[static_cast<std::size_t>(found - names_.begin())];
  }

  /// Not a key's, but meant to be one's.
  bool is_mistaken(std::string_view name, std::string_view text) const {
    if (name.starts_with(test_prefix) || name.size() < prefix.size()) return false;
    return names_a_key(name) || (std::ranges::find(folded_, folded(name)) != folded_.end() && !is_link(text));
  }

  std::string meant(std::string_view name) const { return did_you_mean(name, names_, level_separator); }

 private:
  std::vector<std::string> names_, folded_;
};

void read_environment(const environment& variables, config& into, fault_list& faults) {
  const variable_names known;
  for (const auto& [name, text] : variables) {
    if (const auto* const of = known.find(name)) {
      faults.came_from(*of, name);
      const auto read = convert(*of, {text, "a text", true});
      if (read)
        of->set(into, *read);
      else
        faults.add(name, *of, read.error().detail);
    } else if (known.is_mistaken(name, text)) {
      faults.add(name, "names no key" + (faults.full() ? std::string() : known.meant(name)));
    }
  }
}

bool is_any(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

/// Both listeners on one port would share it (SO_REUSEPORT), each getting a part of the other's connections.
std::vector<std::string> shared_port(const config& c) {
  const bool overlap = c.http.address == c.admin.address || is_any(c.http.address) || is_any(c.admin.address);
  if (c.http.port == 0 || c.http.port != c.admin.port || !overlap) return {};
  return {"http.port and admin.port are both " + std::to_string(c.http.port) + "; they must differ"};
}

/// Who has no local file that lasts, sets no path and relies on MongoDB.
std::vector<std::string> no_storage(const config& c) {
  if (!c.storage.sqlite.path.empty() || !c.storage.mongodb.uri.empty()) return {};
  return {"storage.sqlite.path and storage.mongodb.uri are both empty; one of them must say where notes are kept"};
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
    for (const auto& fault : one.faults(out.values)) faults.add_finding(fault);
  };
  if (faults.trusts("admin")) apply({"http", shared_port});
  apply({"storage", no_storage});
  for (const auto& one : checks) apply(one);
  for (const auto& each : keys())
    if (!faults.knows(each)) out.unknown.push_back(each.name);
  out.faults = std::move(faults).lines();
  return out;
}

}  // namespace sundown::configuration
