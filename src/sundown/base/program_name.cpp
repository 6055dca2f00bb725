#include "base/program_name.hpp"

#include "base/ascii.hpp"

#include <cerrno>
#include <utility>

namespace sundown::base {

namespace {

std::string& given_name() {
  static std::string name;
  return name;
}

}  // namespace

std::string_view program_name() noexcept {
  const auto& given = given_name();
  return given.empty() ? std::string_view(program_invocation_short_name) : given;
}

void name_program(std::string name) { given_name() = std::move(name); }

std::string metric_prefix(std::string_view name) {
  std::string prefix(name);
  for (auto& c : prefix) {
    if (!is_letter(c) && !is_digit(c)) c = '_';
  }
  return prefix;
}

std::string variable_prefix(std::string_view name) {
  auto prefix = metric_prefix(name);
  for (auto& c : prefix) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return prefix;
}

}  // namespace sundown::base
