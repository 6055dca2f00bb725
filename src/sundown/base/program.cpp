#include "base/characters.hpp"
#include "base/program_name.hpp"

#include <sundown/program.hpp>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace sundown {
namespace {

constexpr std::size_t longest_name = 63;

using base::is_digit;
using base::is_letter;
using base::is_token;

bool is_name(std::string_view text) {
  const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && text.size() <= longest_name && is_letter(text.front()) && std::ranges::all_of(text, allowed);
}

}  // namespace

program::program(std::string binary_name, std::string version_text, std::string sentence)
    : name(std::move(binary_name)), version(std::move(version_text)), description(std::move(sentence)) {
  if (!is_name(name))
    throw std::invalid_argument("the program's name '" + name +
                                "' can't be a binary's: it must begin with a letter and have letters, digits, '-', "
                                "'_' and '.' only, 63 at most");
  if (!is_token(version))
    throw std::invalid_argument("the program's version '" + version +
                                "' is none: it must be letters, digits and characters such as '.', '-' and '+', "
                                "without spaces");
}

program program::with(const serving::tls_provider& provider) const {
  auto more = *this;
  more.tls = &provider;
  return more;
}

program program::with(const http::http2_provider& provider) const {
  auto more = *this;
  more.http2 = &provider;
  return more;
}

program program::with(const serving::trace_provider& provider) const {
  auto more = *this;
  more.traces = &provider;
  return more;
}

std::string program::variable_prefix() const { return base::variable_prefix(name) + '_'; }

}  // namespace sundown
