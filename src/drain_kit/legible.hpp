#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sundown::testing::drain_kit {

/// Of the character that the text begins with, in UTF-8 (RFC 3629 §4): how many bytes it has; 0 if it is none.
inline std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  // The second byte has fewer values behind some: no longer forms than needed, no surrogates, nothing beyond U+10FFFF.
  const auto least = first == 0xe0 ? 0xa0U : first == 0xf0 ? 0x90U : 0x80U;
  const auto most = first == 0xed ? 0x9fU : first == 0xf4 ? 0x8fU : 0xbfU;
  const std::size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size == 0 || byte(1) < least || byte(1) > most) return 0;
  for (std::size_t at = 2; at < size; ++at)
    if (byte(at) < 0x80 || byte(at) > 0xbf) return 0;
  return size;
}

/// What others have written (a server's log, a command), for files and terminals: lines of UTF-8. What is neither, and
/// controls, of which XML has none and a terminal acts on, become U+FFFD.
inline std::string legible(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto size = character_size(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool control = size == 1 && (first < 0x20 || first == 0x7f) && first != '\n' && first != '\t';
    // C1 controls are characters of two bytes; U+FFFE and U+FFFF are none in XML.
    const bool other = text.starts_with("\xc2") ? size == 2 && static_cast<unsigned char>(text[1]) < 0xa0
                                                : text.starts_with("\xef\xbf\xbe") || text.starts_with("\xef\xbf\xbf");
    out += size == 0 || control || other ? std::string_view("\xef\xbf\xbd") : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

}  // namespace sundown::testing::drain_kit
