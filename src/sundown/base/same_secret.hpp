#pragma once

#include <cstddef>
#include <string_view>

namespace sundown::base {

/// Takes as long wherever texts of one length differ: the time would tell how much of the secret is right.
inline bool is_same_secret(std::string_view given, std::string_view secret) noexcept {
  if (given.size() != secret.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < secret.size(); ++i)
    difference = static_cast<unsigned char>(difference | (given[i] ^ secret[i]));
  return difference == 0;
}

}  // namespace sundown::base
