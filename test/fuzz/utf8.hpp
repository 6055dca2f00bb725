#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace sundown::fuzz {

/// The bytes of one character in UTF-8 (RFC 3629 §4, its grammar as it stands there); 0 if there is none.
inline std::size_t character_at(std::string_view text) {
  const auto in = [text](std::size_t at, unsigned first, unsigned last) {
    if (at >= text.size()) return false;
    const auto byte = static_cast<unsigned char>(text[at]);
    return byte >= first && byte <= last;
  };
  const auto tails = [&](std::size_t from, std::size_t end) {
    for (auto at = from; at < end; ++at)
      if (!in(at, 0x80, 0xbf)) return false;
    return true;
  };
  if (in(0, 0x00, 0x7f)) return 1;
  if (in(0, 0xc2, 0xdf) && tails(1, 2)) return 2;
  const bool three = (in(0, 0xe0, 0xe0) && in(1, 0xa0, 0xbf)) || (in(0, 0xe1, 0xec) && in(1, 0x80, 0xbf)) ||
                     (in(0, 0xed, 0xed) && in(1, 0x80, 0x9f)) || (in(0, 0xee, 0xef) && in(1, 0x80, 0xbf));
  if (three && tails(2, 3)) return 3;
  const bool four = (in(0, 0xf0, 0xf0) && in(1, 0x90, 0xbf)) || (in(0, 0xf1, 0xf3) && in(1, 0x80, 0xbf)) ||
                    (in(0, 0xf4, 0xf4) && in(1, 0x80, 0x8f));
  return four && tails(2, 4) ? 4 : 0;
}

/// With U+FFFD for each byte that belongs to no character.
inline std::string repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto size = character_at(text);
    out += size == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

}  // namespace sundown::fuzz
