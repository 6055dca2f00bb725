#pragma once

#include "log/json_escape.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::fuzz {

/// A property does not hold; what() says which, and for what.
class broken : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// `rule` is the sentence that must be true; `found` and `expected` are shown where it isn't.
inline void require(bool holds, const char* rule, std::string_view found = {}, std::string_view expected = {}) {
  if (holds) return;
  auto what = "this does not hold: " + std::string(rule);
  constexpr std::size_t most = 1000;
  if (found.data()) what += "\n  found:    " + log::one_line(found.substr(0, most));
  if (expected.data()) what += "\n  expected: " + log::one_line(expected.substr(0, most));
  throw broken(what);
}

/// The parts between the separators; one more than there are of these.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// Numbers that an input decides on without having a place for them: it stays the plain text that its target reads.
class decided_by {
 public:
  explicit decided_by(std::string_view input) {
    for (const char c : input) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  std::size_t below(std::size_t n) {  // splitmix64
    state_ += 0x9e3779b97f4a7c15;
    auto mixed = (state_ ^ state_ >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return (mixed ^ mixed >> 31) % n;
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

}  // namespace sundown::fuzz
