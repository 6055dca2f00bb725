#pragma once

#include "config/key_table.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace sundown::configuration {

/// All that is wrong with a configuration, found one by one and told together, and where each value came from.
///
/// Bounded, whatever a file or a variable holds: so many faults, each of so many bytes, and a count of the rest.
/// Lifetime: the keys must outlive it.
class fault_list {
 public:
  static constexpr std::size_t most = 50, longest = 1000;

  /// `where` is "file:line:column" or a variable's name.
  void add(std::string_view where, std::string_view what);

  /// A fault of a known key; checks of its top section are skipped then, their findings would only confuse.
  void add(std::string_view where, const key& subject, std::string_view what);

  /// A fault found by a check over several keys: it is where the values of those came from that the sentence names.
  void add_finding(std::string_view sentence);

  /// No more are told, so that looking for a better name is lost work.
  bool full() const { return lines_.size() >= most; }

  /// From here on the key has the value that stands there.
  void came_from(const key& subject, std::string where) {
    origins_.insert_or_assign(subject.name, std::move(where));
    faulty_.erase(subject.name);
  }

  void distrust(std::string_view name) { distrusted_.emplace(name.substr(0, name.find('.'))); }
  /// Nothing is known of what the file sets.
  void distrust_all() { distrust_all_ = true; }
  bool trusts(std::string_view section) const { return !distrust_all_ && !distrusted_.contains(section); }

  /// The value that was given for the key, if any, could be read.
  bool knows(const key& subject) const {
    return !faulty_.contains(subject.name) && (!distrust_all_ || origins_.contains(subject.name));
  }

  std::vector<std::string> lines() &&;

 private:
  std::vector<std::string> lines_;
  std::size_t untold_ = 0;
  std::set<std::string, std::less<>> distrusted_;
  std::set<std::string_view> faulty_;
  std::map<std::string_view, std::string> origins_;
  bool distrust_all_ = false;
};

/// Fills `into` from a TOML file.
void read_file(const std::string& path, const key_table& table, settings& into, fault_list& faults);

}  // namespace sundown::configuration
