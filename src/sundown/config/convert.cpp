#include "config/key.hpp"
#include "config/units.hpp"

#include <algorithm>

namespace sundown::configuration {
namespace {

error fault(std::string detail) { return {errc::invalid, std::move(detail)}; }

std::string quoted_list(const std::vector<std::string>& choices) {
  std::string out;
  for (const auto& each : choices) {
    if (!out.empty()) out += &each == &choices.back() ? " or " : ", ";
    out += '"' + each + '"';
  }
  return out;
}

std::string number_text(kind type, std::int64_t number) {
  if (type == kind::duration) return milliseconds_text(number);
  if (type == kind::size) return bytes_text(number);
  return std::to_string(number);
}

error wrong_type(const key& subject, std::string_view type_name) {
  switch (subject.type) {
    case kind::flag:
      return fault("is " + std::string(type_name) + "; it must be true or false, without quotes");
    case kind::number:
      return fault("is " + std::string(type_name) + "; it must be a whole number, without quotes");
    case kind::size:
      return fault("is " + std::string(type_name) + "; it must be a size such as \"64KiB\"");
    case kind::duration:
      return fault("is " + std::string(type_name) +
                   "; a duration has a unit and stands in quotes, such as \"500ms\" or \"8s\"");
    case kind::list:
      return fault("is " + std::string(type_name) + "; it must be an array of texts, such as [\"a\", \"b\"]");
    default:
      return fault("is " + std::string(type_name) + "; it must be a text in quotes");
  }
}

result<value> in_range(const key& subject, result<std::int64_t> number) {
  if (!number) return number.error();
  if (*number < subject.min || *number > subject.max)
    return fault("is " + number_text(subject.type, *number) + "; it must be " + allowed_text(subject));
  return value(*number);
}

/// A URL that was taken from a file, as a mounted secret is, ends as the file does.
std::string without_line_end(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

/// A printed configuration was taken for a real one.
bool is_masked(const key& subject, std::string_view text) {
  return subject.secret && (subject.is_url ? text.find(mask) != text.npos : text == mask);
}

error nul_character() { return fault("holds a NUL character"); }

result<value> checked_list(const key& subject, std::vector<std::string> texts) {
  for (const auto& each : texts) {
    if (each.find('\0') != std::string::npos) return nul_character();
    if (const auto problem = subject.rule.fault(each); !problem.empty()) return fault("has a text that " + problem);
  }
  return value(std::move(texts));
}

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// "a, b"
result<value> list_from_text(const key& subject, std::string_view text) {
  std::vector<std::string> out;
  if (without_blanks(text).empty()) return checked_list(subject, {});
  for (;;) {
    const auto comma = text.find(',');
    out.emplace_back(without_blanks(text.substr(0, comma)));
    if (out.back().empty()) return fault("has nothing before or behind a comma");
    if (comma == text.npos) return checked_list(subject, std::move(out));
    text.remove_prefix(comma + 1);
  }
}

result<value> from_text(const key& subject, const std::string& text) {
  switch (subject.type) {
    case kind::flag:
      if (text == "true" || text == "false") return value(text == "true");
      return fault("must be true or false");
    case kind::number:
      return in_range(subject, parse_integer(text));
    case kind::size:
      return in_range(subject, parse_bytes(text));
    case kind::duration:
      return in_range(subject, parse_milliseconds(text));
    case kind::choice:
      if (std::ranges::find(subject.choices, text) != subject.choices.end()) return value(text);
      return fault("must be " + quoted_list(subject.choices));
    case kind::list:
      return list_from_text(subject, text);
    case kind::text:
      break;
  }
  const auto given = subject.is_url ? without_line_end(text) : text;
  if (given.find('\0') != std::string::npos) return nul_character();
  if (is_masked(subject, given)) return fault("has the mask that --print-config writes for a secret; set the real one");
  if (auto problem = subject.rule.fault(given); !problem.empty()) return fault(std::move(problem));
  return value(given);
}

}  // namespace

result<value> convert(const key& subject, const raw_value& from) {
  if (const auto* const text = std::get_if<std::string>(&from.content)) {
    const bool other_type_in_toml =
        subject.type == kind::flag || subject.type == kind::number || subject.type == kind::list;
    if (!from.from_environment && other_type_in_toml) return wrong_type(subject, from.type_name);
    return from_text(subject, *text);
  }
  if (const auto* const flag = std::get_if<bool>(&from.content); flag && subject.type == kind::flag)
    return value(*flag);
  if (const auto* const number = std::get_if<std::int64_t>(&from.content))
    if (subject.type == kind::number || subject.type == kind::size) return in_range(subject, *number);
  if (const auto* const texts = std::get_if<std::vector<std::string>>(&from.content);
      texts && subject.type == kind::list)
    return checked_list(subject, *texts);
  return wrong_type(subject, from.type_name);
}

bool is_allowed(const key& subject, const value& shipped) {
  if (const auto* const number = std::get_if<std::int64_t>(&shipped)) return bool(in_range(subject, *number));
  if (const auto* const texts = std::get_if<std::vector<std::string>>(&shipped))
    return bool(checked_list(subject, *texts));
  const auto* const text = std::get_if<std::string>(&shipped);
  return !text || (subject.type == kind::text && text->empty()) || bool(from_text(subject, *text));
}

std::string allowed_text(const key& subject) {
  switch (subject.type) {
    case kind::flag:
      return "true or false";
    case kind::choice:
      return quoted_list(subject.choices);
    case kind::text:
      return subject.rule.allowed();
    case kind::list:
      return subject.rule.is_any() ? "texts" : "texts, each " + subject.rule.allowed();
    default:
      return "from " + number_text(subject.type, subject.min) + " to " + number_text(subject.type, subject.max);
  }
}

}  // namespace sundown::configuration
