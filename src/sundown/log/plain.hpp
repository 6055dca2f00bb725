#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Eight bytes at a time: is each of them printable ASCII but space, quote and backslash? Nearly all that is logged is
/// of that kind, and then needs no escapes. Within quotes a space needs none either.
namespace sundown::log {

inline constexpr std::uint64_t ones = 0x0101010101010101, odd_mask = 0x8080808080808080;
inline constexpr unsigned char no_space = ' ' + 1, space_too = ' ';

/// Has a bit of odd_mask set if a byte is odd. A subtraction borrows from the next byte only where a byte is odd
/// already, so the answer for all eight together is exact. `Lowest`: of the characters that are not.
template <unsigned char Lowest = no_space>
constexpr std::uint64_t odd_bits(std::uint64_t v) {
  return v | (v + ones) | (v - ones * Lowest) | ((v ^ ones * '"') - ones) | ((v ^ ones * '\\') - ones);
}

template <class T>
T load(const char* from) {
  T v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

/// The last `left` (at most 8) bytes of a text that starts at `begin`; bytes seen before or plain ones fill it up.
inline std::uint64_t load_last(const char* begin, const char* at, std::size_t left) {
  if (at != begin || left == 8) return load<std::uint64_t>(at + left - 8);
  if (left >= 4) return load<std::uint32_t>(at) | std::uint64_t{load<std::uint32_t>(at + left - 4)} << 32;
  std::uint64_t v = ones * 'x';
  for (std::size_t i = 0; i != left; ++i) v = v << 8 | static_cast<unsigned char>(at[i]);
  return v;
}

template <unsigned char Lowest>
bool has_none_odd(std::string_view text) noexcept {
  const char* at = text.data();
  auto left = text.size();
  std::uint64_t odd = 0;
  for (; left > 8; at += 8, left -= 8) odd |= odd_bits<Lowest>(load<std::uint64_t>(at));
  return !((odd | odd_bits<Lowest>(load_last(text.data(), at, left))) & odd_mask);
}

}  // namespace sundown::log
