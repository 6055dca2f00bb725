#include "config/key.hpp"
#include "config/units.hpp"

#include <algorithm>

namespace sundown::configuration {
namespace {

error fault(std::string detail) { return {errc::invalid, std::move(detail)}; }

std::string quoted_list(std::span<const std::string_view> choices) {
  std::string out;
  for (const auto& each : choices) {
    if (!out.empty()) out += &each == &choices.back() ? " or " : ", ";
    out += '"' + std::string(each) + '"';
  }
  return out;
}

std::string number_text(kind type, std::int64_t number) {
  if (type == kind::duration) return milliseconds_text(number);
  if (type == kind::size) return bytes_text(number);
  return std::to_string(number);
}

error wrong_type(const key& of, std::string_view type_name) {
  switch (of.type) {
    case kind::flag:
      return fault("is " + std::string(type_name) + "; it must be true or false, without quotes");
    case kind::number:
      return fault("is " + std::string(type_name) + "; it must be a whole number, without quotes");
    case kind::size:
      return fault("is " + std::string(type_name) + "; it must be a size such as \"64KiB\"");
    case kind::duration:
      return fault("is " + std::string(type_name) +
                   "; a duration has a unit and stands in quotes, such as \"500ms\" or \"8s\"");
    default:
      return fault("is " + std::string(type_name) + "; it must be a text in quotes");
  }
}

result<value> in_range(const key& of, result<std::int64_t> number) {
  if (!number) return number.error();
  if (*number < of.min || *number > of.max)
    return fault("is " + number_text(of.type, *number) + "; it must be " + allowed_text(of));
  return value(*number);
}

/// A URL that was taken from a file, as a mounted secret is, ends as the file does.
std::string without_line_end(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

result<value> from_text(const key& of, const std::string& text) {
  switch (of.type) {
    case kind::flag:
      if (text == "true" || text == "false") return value(text == "true");
      return fault("must be true or false");
    case kind::number:
      return in_range(of, parse_integer(text));
    case kind::size:
      return in_range(of, parse_bytes(text));
    case kind::duration:
      return in_range(of, parse_milliseconds(text));
    case kind::choice:
      if (std::ranges::find(of.choices, text) != of.choices.end()) return value(text);
      return fault("must be " + quoted_list(of.choices));
    case kind::text:
      break;
  }
  const auto given = of.is_url ? without_line_end(text) : text;
  if (given.find('\0') != std::string::npos) return fault("holds a NUL character");
  const auto problem = of.rule.fault_of(given);
  if (!problem.empty()) return fault(std::string(problem));
  return value(given);
}

}  // namespace

result<value> convert(const key& of, const raw_value& from) {
  if (const auto* const text = std::get_if<std::string>(&from.content)) {
    const bool other_type_in_toml = of.type == kind::flag || of.type == kind::number;
    if (!from.from_environment && other_type_in_toml) return wrong_type(of, from.type_name);
    return from_text(of, *text);
  }
  if (const auto* const flag = std::get_if<bool>(&from.content); flag && of.type == kind::flag) return value(*flag);
  if (const auto* const number = std::get_if<std::int64_t>(&from.content))
    if (of.type == kind::number || of.type == kind::size) return in_range(of, *number);
  return wrong_type(of, from.type_name);
}

std::string allowed_text(const key& of) {
  switch (of.type) {
    case kind::flag:
      return "true or false";
    case kind::choice:
      return quoted_list(of.choices);
    case kind::text:
      return std::string(of.rule.allowed);
    default:
      return "from " + number_text(of.type, of.min) + " to " + number_text(of.type, of.max);
  }
}

}  // namespace sundown::configuration
