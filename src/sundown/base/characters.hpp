#pragma once

#include "base/ascii.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sundown::base {

/// The sets of characters that a request is made of.
enum character_set : std::uint8_t {
  token_character = 1,        ///< methods, field names, chunk extensions (RFC 9110 §5.6.2)
  target_character = 2,       ///< request targets, but for '%', which begins a triplet
  value_character = 4,        ///< field values (RFC 9110 §5.5)
  quoted_character = 8,       ///< what needs no backslash in a quoted string (RFC 9110 §5.6.4)
  unreserved_character = 16,  ///< RFC 3986 §2.3
  name_character = 32,        ///< registered names (RFC 3986 §3.2.2), but for '%'
};

inline constexpr auto character_sets = [] {
  std::array<std::uint8_t, 256> sets{};
  const auto add = [&](std::string_view characters, unsigned to) {
    for (const char c : characters) sets[static_cast<unsigned char>(c)] |= static_cast<std::uint8_t>(to);
  };
  constexpr std::string_view letters_and_digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  add(letters_and_digits, token_character | unreserved_character | name_character);
  add("!#$%&'*+-.^_`|~", token_character);
  add("-._~", unreserved_character | name_character);
  add("!$&'()*+,;=", name_character);
  // Beyond RFC 3986: ^ ` { | } [ ], which browsers leave as they are in a query (WHATWG URL §1.3).
  add(letters_and_digits, target_character);
  add("-._~!$&'()*+,;=:@/?^`{|}[]", target_character);
  for (unsigned c = 0x20; c < 256; ++c) {
    if (c == 0x7f) continue;
    sets[c] |= value_character;
    if (c != '"' && c != '\\') sets[c] |= quoted_character;
  }
  sets['\t'] |= value_character | quoted_character;
  return sets;
}();

constexpr bool is_in(character_set set, char c) noexcept {
  return (character_sets[static_cast<unsigned char>(c)] & set) != 0;
}

/// How many characters from `from` on are in the set.
constexpr std::size_t span_of(character_set set, std::string_view text, std::size_t from = 0) noexcept {
  auto at = from;
  while (at < text.size() && is_in(set, text[at])) ++at;
  return at - from;
}

constexpr bool is_token(std::string_view text) noexcept {
  return !text.empty() && span_of(token_character, text) == text.size();
}

/// Optional white space (RFC 9110 §5.6.3).
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// -1 if it is no hexadecimal digit.
constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Whether "%41" stands there (RFC 3986 §2.1).
constexpr bool is_triplet(std::string_view text, std::size_t at) noexcept {
  return text.size() - at >= 3 && text[at] == '%' && hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0;
}

/// All of it in the set, or percent-encoded.
constexpr bool is_encoded_text(character_set set, std::string_view text) noexcept {
  for (std::size_t at = span_of(set, text); at < text.size(); at += span_of(set, text, at)) {
    if (!is_triplet(text, at)) return false;
    at += 3;
  }
  return true;
}

}  // namespace sundown::base
