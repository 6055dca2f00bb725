#pragma once

#include <charconv>
#include <concepts>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace sundown::base {

/// The decimal number that a whole text is, if it is one from `min` to `max`: no space, no plus sign, nothing behind.
template <std::integral T>
std::optional<T> parse_number(std::string_view text, T min = std::numeric_limits<T>::min(),
                              T max = std::numeric_limits<T>::max()) noexcept {
  T value{};
  const auto* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc{} || stop != end || value < min || value > max) return std::nullopt;
  return value;
}

}  // namespace sundown::base
