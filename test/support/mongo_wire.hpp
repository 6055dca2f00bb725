#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sundown::test {

/// What a command on the wire says as its maxTimeMS: BSON, a 64-bit number behind its name.
inline std::optional<std::int64_t> max_time_in(const std::string& command) {
  constexpr std::string_view name("maxTimeMS\0", 10);
  const auto at = command.find(name);
  if (at == std::string::npos || at + name.size() + sizeof(std::int64_t) > command.size()) return std::nullopt;
  std::int64_t value = 0;
  std::memcpy(&value, command.data() + at + name.size(), sizeof value);
  return value;
}

}  // namespace sundown::test
