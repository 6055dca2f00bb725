#include "http/answer_fields.hpp"

#include "http/list_field.hpp"

#include <boost/beast/core/string.hpp>

namespace sundown::http::detail {

namespace beast = boost::beast;

const std::string* find_field(const fields& all, std::string_view name) noexcept {
  for (const auto& [each, value] : all)
    if (beast::iequals(each, name)) return &value;
  return nullptr;
}

void add_to_vary(response& answer, std::string_view name) {
  bool there = false;
  for (const auto& [each, value] : answer.headers) {
    if (!beast::iequals(each, "Vary")) continue;
    for_each_element(value, [&](std::string_view other) { there |= other == "*" || beast::iequals(other, name); });
  }
  if (!there) answer.with("Vary", std::string(name));
}

}  // namespace sundown::http::detail
