#pragma once

#include "config/key_table.hpp"

#include <string>
#include <vector>

namespace sundown::configuration {

/// The effective configuration as TOML that can be read back: secrets masked, keys without a value as comments. Bytes
/// of the environment that are no UTF-8 are U+FFFD.
std::string print(const key_table& table, const settings& effective);

/// The table of all keys, in Markdown.
std::string markdown_table(const key_table& table);

struct change {
  std::string name;
  bool reloadable;  ///< takes effect on SIGHUP; else only after a restart
};
/// Which keys differ, in the table's order.
std::vector<change> changed_keys(const key_table& table, const settings& before, const settings& after);

}  // namespace sundown::configuration
