#pragma once

#include "log/json_escape.hpp"
#include "log/pen.hpp"
#include "log/plain.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sundown::log {

/// A pen for JSON.
struct json_pen : pen {
  void quoted(std::string_view text) {
    std::string escaped;
    append_json_string(escaped, text);
    raw(escaped);
  }
  /// Copies a text and looks at it in one go. False: it is not plain, and nothing is written.
  template <unsigned char Lowest>
  bool plainly(std::string_view text) {
    const char* from = text.data();
    char* to = at;
    auto left = text.size();
    std::uint64_t odd = 0;
    for (; left > 8; from += 8, to += 8, left -= 8) {
      const auto eight = load<std::uint64_t>(from);
      odd |= odd_bits<Lowest>(eight);
      std::memcpy(to, &eight, 8);
    }
    if ((odd | odd_bits<Lowest>(load_last(text.data(), from, left))) & odd_mask) return false;
    // Eight or less: whole words where there are any, overlapping what is copied already.
    if (text.size() >= 8) {
      std::memcpy(to + left - 8, from + left - 8, 8);
    } else {
      for (std::size_t i = 0; i != left; ++i) to[i] = from[i];
    }
    at = to + left;
    return true;
  }
  /// Takes six bytes of room for each byte of the text, and two.
  void json(std::string_view text) {
    *at++ = '"';
    if (plainly<space_too>(text)) {
      *at++ = '"';
    } else {
      --at;
      quoted(text);
    }
  }
};

}  // namespace sundown::log
