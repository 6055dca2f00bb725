#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sundown::base {

/// The digits of every byte, so that a byte takes one look-up.
inline constexpr auto hex_pairs = [] {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t byte = 0; byte < pairs.size(); ++byte) pairs[byte] = {digits[byte >> 4], digits[byte & 15]};
  return pairs;
}();

/// Writes two digits for each byte, and returns what is behind them.
template <std::size_t Size>
char* put_hex(char* to, const std::array<std::uint8_t, Size>& bytes) noexcept {
  for (const auto byte : bytes) {
    std::memcpy(to, hex_pairs[byte].data(), 2);
    to += 2;
  }
  return to;
}

}  // namespace sundown::base
