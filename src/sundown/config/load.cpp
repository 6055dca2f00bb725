#include "config/load.hpp"

#include "config/faults.hpp"
#include "config/suggest.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>

namespace sundown::configuration {
namespace {

constexpr std::string_view level_separator = "__";

/// Without what is easily mistaken: case, and how many underscores.
std::string folded(std::string_view variable) {
  std::string out;
  for (const char c : variable)
    if (c != '_' || !out.ends_with('_')) out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

/// What container platforms set for a service "orders-http": ORDERS_HTTP_PORT=tcp://10.0.0.1:80.
bool is_link(std::string_view text) {
  return text.starts_with("tcp://") || text.starts_with("udp://") || text.starts_with("sctp://");
}

/// All keys' variables, and names that are nearly one.
class variable_names {
 public:
  explicit variable_names(const key_table& table) : table_(table) {
    for (const auto& each : table.keys()) names_.push_back(table.variable(each));
    for (const auto& each : names_) folded_.push_back(folded(each));
  }

  const key* find(std::string_view name) const {
    const auto found = std::ranges::find(names_, name);
    return found == names_.end() ? nullptr : &table_.keys()[static_cast<std::size_t>(found - names_.begin())];
  }

  /// Not a key's, but meant to be one's.
  bool is_mistaken(std::string_view name, std::string_view text) const {
    const auto& prefix = table_.variable_prefix();
    if (name.starts_with(prefix + "TEST_") || name.size() < prefix.size()) return false;
    return names_a_key(name) || (std::ranges::find(folded_, folded(name)) != folded_.end() && !is_link(text));
  }

  std::string meant(std::string_view name) const { return did_you_mean(name, names_, level_separator); }

 private:
  /// Meant for us: container platforms make variables like ORDERS_PORT of a service's name.
  bool names_a_key(std::string_view variable) const {
    const auto& prefix = table_.variable_prefix();
    return variable.starts_with(prefix) && variable.find(level_separator, prefix.size() - 1) != variable.npos;
  }

  const key_table& table_;
  std::vector<std::string> names_, folded_;
};

void read_environment(const environment& variables, const key_table& table, settings& into, fault_list& faults) {
  const variable_names known(table);
  for (const auto& [name, text] : variables) {
    if (const auto* const subject = known.find(name)) {
      faults.came_from(*subject, name);
      const auto read = convert(*subject, {text, "a text", true});
      if (read)
        set(*subject, into, *read);
      else
        faults.add(name, *subject, read.error().detail);
    } else if (known.is_mistaken(name, text)) {
      faults.add(name, "names no key" + (faults.full() ? std::string() : known.meant(name)));
    }
  }
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

loaded load(const key_table& table, const std::optional<std::string>& file, const environment& variables) {
  loaded out{table.defaults(), {}, {}};
  fault_list faults;
  if (file) read_file(*file, table, out.values, faults);
  read_environment(variables, table, out.values, faults);
  for (const auto& check : table.checks()) {
    const auto is_trusted = [&](const std::string& section) { return faults.trusts(section); };
    if (!std::ranges::all_of(check.sections, is_trusted)) continue;
    for (const auto& fault : check.faults(&out.values)) faults.add_finding(fault);
  }
  for (const auto& each : table.keys())
    if (!faults.knows(each)) out.unknown.push_back(each.name);
  out.faults = std::move(faults).lines();
  return out;
}

}  // namespace sundown::configuration
