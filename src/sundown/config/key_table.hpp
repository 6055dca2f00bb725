#pragma once

#include "config/key.hpp"

#include <sundown/config.hpp>
#include <sundown/keys.hpp>
#include <sundown/program.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::configuration {

/// The values of all keys. Copies share the service's own.
struct settings {
  config common;              ///< what every service has
  std::shared_ptr<void> own;  ///< what this one has beside that, in the struct of its keys; null: nothing
};

/// The keys that every service has, in the order of config/service.toml. Layers above add checks to them.
keys<config> common_keys();

/// All keys of a program, those of a section together: what every service has, then its own.
///
/// Throws std::invalid_argument, with a sentence that names the key, where the service's own don't go with the common
/// ones. Thread safety: const.
class key_table {
 public:
  explicit key_table(program identity, const sundown::keys<config>& common = common_keys(), const key_list& own = {});

  const program& identity() const { return identity_; }
  const std::vector<key>& keys() const { return keys_; }
  const std::vector<check>& checks() const { return all_.checks(); }
  const key* find(std::string_view name) const;

  /// "ORDERS_HTTP__PORT"
  std::string variable(const key& subject) const;
  /// What the variables of all keys begin with: "ORDERS_".
  const std::string& variable_prefix() const { return prefix_; }

  settings defaults() const;

 private:
  program identity_;
  std::string prefix_;
  key_list all_;  // of a settings
  std::vector<key> keys_;
};

/// Nothing: the key is not set.
inline std::optional<value> get(const key& subject, const settings& from) { return subject.get(&from); }
inline void set(const key& subject, settings& into, const value& what) { subject.set(&into, what); }

}  // namespace sundown::configuration
