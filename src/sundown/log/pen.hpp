#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace sundown::log {

/// Writes to a place that is known to be large enough, for the lines and heads of the hot path: piece by piece,
/// std::string would look at its room each time.
struct pen {
  char* at;

  void raw(std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    at += text.size();
  }
  template <std::size_t N>
  void literal(const char (&text)[N]) {
    std::memcpy(at, text, N - 1);
    at += N - 1;
  }
  void number(std::unsigned_integral auto value) { at = std::to_chars(at, at + 20, value).ptr; }
};

}  // namespace sundown::log
