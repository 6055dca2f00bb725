#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace sundown::base {

/// The decimal fraction that a whole text is, in the notation of the C locale whatever the program's is: no space, no
/// plus sign in front, no "inf", nothing behind. `fixed`: no exponent either; other formats count as `general`. Like
/// std::from_chars, which libc++ has for whole numbers only before its version 20.
std::optional<double> parse_decimal(std::string_view text, std::chars_format format = std::chars_format::general);

}  // namespace sundown::base
