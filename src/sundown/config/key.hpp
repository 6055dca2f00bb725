#pragma once

#include <sundown/error.hpp>
#include <sundown/key_list.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What is done with one key and a value of it. Loading, printing, the table of keys and the reload all read the one
/// table (key_table.hpp), so a new key is one line there and one member of a struct.
namespace sundown::configuration {

/// What stands for a secret wherever one would be printed.
inline constexpr std::string_view mask = "***";

/// A value as it came in: from TOML with its type, from the environment as text.
struct raw_value {
  /// monostate: of a type no key has
  std::variant<std::monostate, bool, std::int64_t, std::string, std::vector<std::string>> content;
  std::string_view type_name;  ///< "an array"
  bool from_environment = false;
};

/// The key's value, or what is wrong: the end of a sentence that starts with the key.
result<value> convert(const key& subject, const raw_value& from);

/// The key may have this default. Any text may be empty by default: nothing is given then.
bool is_allowed(const key& subject, const value& shipped);

/// "from 1 to 65535", for faults and the table.
std::string allowed_text(const key& subject);

/// The value as TOML, secrets masked.
std::string toml_text(const key& subject, const value& what);

}  // namespace sundown::configuration
