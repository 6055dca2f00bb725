#pragma once

#include <sundown/config.hpp>
#include <sundown/error.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// One key of the configuration as data. Loading, printing, the README's table and the reload all read the one table
/// of them (key_table.cpp), so a new key is one line there and one member in config.hpp.
namespace sundown::configuration {

/// Numbers, sizes (bytes) and durations (milliseconds) are integers; a choice is its name.
using value = std::variant<bool, std::int64_t, std::string>;

enum class kind { flag, number, size, duration, choice, text };

struct text_rule {
  std::string_view allowed;                        ///< "the name of a file"
  std::string_view (*fault_of)(std::string_view);  ///< what is wrong: the end of a sentence that starts with the key
};

struct key {
  std::string_view name;  ///< "http.port"
  kind type;
  std::int64_t min = 0, max = 0;
  std::span<const std::string_view> choices = {};
  text_rule rule = {};  ///< for texts
  bool secret = false;  ///< never printed; of a URL only its secrets are not
  bool is_url = false;
  bool reloadable = false;  ///< SIGHUP applies it; all else needs a restart
  std::string_view about;

  std::optional<value> (*get)(const config&);  ///< nothing: not set, carved from shutdown.total
  void (*set)(config&, const value&);

  std::string_view section() const { return name.substr(0, name.rfind('.')); }
  std::string_view leaf() const { return name.substr(name.rfind('.') + 1); }
  std::string variable() const;  ///< "SUNDOWN_HTTP__PORT"
};

/// All keys, those of a section together, in the order of config/service.toml.
std::span<const key> keys();
const key* find_key(std::string_view name);

/// What stands for a secret wherever one would be printed.
inline constexpr std::string_view mask = "***";

/// A value as it came in: from TOML with its type, from the environment as text.
struct raw_value {
  std::variant<std::monostate, bool, std::int64_t, std::string> content;  ///< monostate: of a type no key has
  std::string_view type_name;                                             ///< "an array"
  bool from_environment = false;
};

/// The value of `of`, or what is wrong: the end of a sentence that starts with the key.
result<value> convert(const key& of, const raw_value& from);

/// "from 1 to 65535", for faults and the table.
std::string allowed_text(const key& of);

/// The value as TOML, secrets masked.
std::string toml_text(const key& of, const value& what);

}  // namespace sundown::configuration
