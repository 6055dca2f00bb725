#include "http/list_field.hpp"

#include <algorithm>

namespace sundown::http::detail {

namespace {

constexpr std::string_view white_space = " \t";

std::size_t size_to_comma(std::string_view list) noexcept {
  bool quoted = false;
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at] == '"') {
      quoted = !quoted;
    } else if (quoted && list[at] == '\\') {
      ++at;  // whatever it is, it ends nothing
    } else if (!quoted && list[at] == ',') {
      return at;
    }
  }
  return list.size();
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(white_space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

}  // namespace

std::string_view next_element(std::string_view& rest) noexcept {
  while (!rest.empty()) {
    const auto size = size_to_comma(rest);
    const auto element = trimmed(rest.substr(0, size));
    rest.remove_prefix(std::min(rest.size(), size + 1));
    if (!element.empty()) return element;
  }
  return {};
}

}  // namespace sundown::http::detail
