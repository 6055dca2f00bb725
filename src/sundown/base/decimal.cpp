#include "base/decimal.hpp"

#include <locale>
#include <sstream>
#include <string>

namespace sundown::base {

std::optional<double> parse_decimal(std::string_view text, std::chars_format format) {
  // A stream takes more than a number's characters: a plus sign, "0x", "inf" by some libraries.
  const std::string_view allowed = format == std::chars_format::fixed ? "-.0123456789" : "-.0123456789eE+";
  if (text.empty() || text.front() == '+' || text.find_first_not_of(allowed) != text.npos) return std::nullopt;
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  double value = 0;
  if (!(in >> value) || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return value;
}

}  // namespace sundown::base
