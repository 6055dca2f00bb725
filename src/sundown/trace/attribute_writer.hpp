#pragma once

#include "trace/record.hpp"

#include <sundown/trace/span.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sundown::trace::detail {

/// A name that is a template's argument.
template <std::size_t Size>
struct key_text {
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name
  consteval key_text(const char (&text)[Size]) { std::copy_n(text, Size, characters); }

  char characters[Size];
};

/// What stands before a value: `{"key":"url.path","value":{"stringValue":"`.
template <key_text Key, key_text Type>
inline constexpr auto before_value = [] {
  constexpr std::string_view parts[]{R"({"key":")",
                                     {Key.characters, sizeof Key.characters - 1},
                                     R"(","value":{")",
                                     {Type.characters, sizeof Type.characters - 1},
                                     R"(":")"};
  constexpr auto size = parts[0].size() + parts[1].size() + parts[2].size() + parts[3].size() + parts[4].size();
  std::array<char, size> all{};
  auto* at = all.data();
  for (const auto part : parts) at = std::copy(part.begin(), part.end(), at);
  return all;
}();

/// Sets attributes of the library's own, whose names are known when it is compiled: what stands around a value is one
/// piece then. The span records.
class attribute_writer {
 public:
  explicit attribute_writer(span& of) noexcept : record_(*of.record_) {}

  template <key_text Key>
  void text(std::string_view value) {
    constexpr auto& before = before_value<Key, "stringValue">;
    if (!record_.has_room(value.size())) return record_.drop();
    log::json_pen to = record_.pen(before.size() + value.size() + 8);
    to.raw({before.data(), before.size()});
    if (to.plainly<log::space_too>(value)) {
      to.literal("\"}},");
      return record_.written(to);
    }
    record_.set_text(Key.characters, value);
  }
  /// A text that needs no escapes, such as a name or an address.
  template <key_text Key>
  void plain_text(std::string_view value) {
    constexpr auto& before = before_value<Key, "stringValue">;
    if (!record_.has_room(value.size())) return record_.drop();
    log::json_pen to = record_.pen(before.size() + value.size() + 8);
    to.raw({before.data(), before.size()});
    to.raw(value);
    to.literal("\"}},");
    record_.written(to);
  }
  template <key_text Key>
  void number(std::uint64_t value) {
    constexpr auto& before = before_value<Key, "intValue">;
    if (!record_.has_room(0)) return record_.drop();
    log::json_pen to = record_.pen(before.size() + 32);
    to.raw({before.data(), before.size()});
    to.number(value);
    to.literal("\"}},");
    record_.written(to);
  }
  /// The span's, to be written over.
  std::string& name() noexcept { return record_.name; }

 private:
  record& record_;
};

}  // namespace sundown::trace::detail
