#pragma once

#include <string_view>

namespace sundown::http::detail {

/// Cuts the next element off the front of a list field's value (RFC 9110 §5.6.1): without the white space around it,
/// empty elements skipped; empty once there is none left.
///
/// A comma inside a quoted string separates nothing (§5.6.4). A quoted string without its end reaches to the end of the
/// value, never into the field's next line.
std::string_view next_element(std::string_view& rest) noexcept;

/// Calls `use` with each element.
template <class Use>
void for_each_element(std::string_view value, Use use) {
  for (auto one = next_element(value); !one.empty(); one = next_element(value)) use(one);
}

}  // namespace sundown::http::detail
