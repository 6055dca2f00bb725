#include "http/list_field.hpp"

#include "http/characters.hpp"

#include <algorithm>

namespace sundown::http::detail {

namespace {

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
