#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace sundown::http {

/// A text that lives as long as the program, so that it is kept without a copy: a literal or another constant. Anything
/// else, such as a std::string that could end before its response, does not compile.
class static_text {
 public:
  constexpr static_text() = default;
  template <std::convertible_to<std::string_view> Text>
    requires(!std::same_as<Text, std::string>)
  consteval static_text(const Text& text) : text_(text) {
    for (const char c : text_) {
      if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') throw "a control character has no place in a field";
    }
  }

  constexpr operator std::string_view() const noexcept { return text_; }
  constexpr std::string_view view() const noexcept { return text_; }
  constexpr bool empty() const noexcept { return text_.empty(); }
  constexpr std::size_t size() const noexcept { return text_.size(); }

 private:
  std::string_view text_;
};

}  // namespace sundown::http
