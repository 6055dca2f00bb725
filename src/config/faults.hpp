#pragma once

#include "config/key.hpp"

#include <set>
#include <string>
#include <vector>

namespace sundown::configuration {

/// All that is wrong with a configuration: found one by one, told together.
class fault_list {
 public:
  /// `where` is "file:line:column" or a variable's name.
  void add(std::string_view where, std::string_view what) {
    lines_.push_back(std::string(where) + ": " + std::string(what));
  }

  /// A fault of a known key; checks of its top section are skipped then, their findings would only confuse.
  void add(std::string_view where, const key& of, std::string_view what) {
    add(where, std::string(of.name) + ' ' + std::string(what));
    distrust(of.name);
  }
  void distrust(std::string_view name) { distrusted_.emplace(name.substr(0, name.find('.'))); }
  void distrust_all() { distrust_all_ = true; }
  bool trusts(std::string_view section) const { return !distrust_all_ && !distrusted_.contains(section); }

  std::vector<std::string>& lines() { return lines_; }

 private:
  std::vector<std::string> lines_;
  std::set<std::string, std::less<>> distrusted_;
  bool distrust_all_ = false;
};

/// Fills `into` from a TOML file.
void read_file(const std::string& path, config& into, fault_list& faults);

}  // namespace sundown::configuration
