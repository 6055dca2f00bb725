#pragma once

/// Kinds of characters, whatever the locale.
namespace sundown::base {

constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace sundown::base
