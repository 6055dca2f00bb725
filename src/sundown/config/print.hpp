#pragma once

#include <sundown/config.hpp>

#include <string>
#include <vector>

namespace sundown::configuration {

/// The effective configuration as TOML that can be read back: secrets masked, what is carved from shutdown.total as a
/// comment.
std::string print(const config& effective);

/// The README's table of all keys, in Markdown.
std::string markdown_table();

struct change {
  std::string name;
  bool reloadable;  ///< takes effect on SIGHUP; else only after a restart
};
/// Which keys differ, in the table's order.
std::vector<change> changed_keys(const config& before, const config& after);

}  // namespace sundown::configuration
