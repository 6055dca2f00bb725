#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sundown::storage {

/// A command and its arguments, {"SET", "key", "value"}.
using redis_command = std::vector<std::string>;

/// The answer: its values in order, however they are nested; nil is nullopt.
using redis_values = std::vector<std::optional<std::string>>;

}  // namespace sundown::storage
