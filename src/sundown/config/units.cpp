#include "config/units.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace sundown::configuration {
namespace {

struct unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr unit durations[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
constexpr unit sizes[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}};

constexpr std::string_view duration_form = "a duration such as \"500ms\", \"8s\", \"1.5s\", \"1m\" or \"1h\"";
constexpr std::string_view size_form = "a size such as \"512B\", \"64KiB\", \"1MiB\", \"1GiB\" or a number of bytes";

error fault(std::string_view problem, std::string_view allowed) {
  return {errc::invalid, std::string(problem) + "; it must be " + std::string(allowed)};
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A decimal number times `factor`: nothing unless that is a whole number that fits.
std::optional<std::int64_t> scaled(std::string_view text, std::int64_t factor) {
  const auto point = text.find('.');
  const auto whole_text = text.substr(0, point);
  const auto part_text = point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1);
  if (!is_digits(whole_text) || !is_digits(part_text)) return std::nullopt;
  std::int64_t whole = 0;
  if (std::from_chars(whole_text.data(), whole_text.data() + whole_text.size(), whole).ec != std::errc{})
    return std::nullopt;
  if (whole > std::numeric_limits<std::int64_t>::max() / factor - 1) return std::nullopt;
  // Digit by digit, so that 1.1s is 1100 ms exactly.
  std::int64_t part = 0, weight = factor;
  for (const char digit : part_text) {
    if (digit != '0' && weight % 10 != 0) return std::nullopt;
    weight /= 10;
    part += (digit - '0') * weight;
  }
  return whole * factor + part;
}

const unit* find(std::span<const unit> units, std::string_view name) {
  for (const auto& each : units)
    if (each.name == name) return &each;
  return nullptr;
}

std::string text_of(std::span<const unit> units, std::int64_t value) {
  for (const auto& each : units)
    if (value % each.factor == 0) return std::to_string(value / each.factor) + std::string(each.name);
  return std::to_string(value);
}

}  // namespace

result<std::int64_t> parse_milliseconds(std::string_view text) {
  const auto split = text.find_first_not_of("0123456789.");
  const auto number = text.substr(0, split);
  if (number.empty()) return fault("is no duration", duration_form);
  if (split == std::string_view::npos) return fault("has no unit", duration_form);
  const auto* const in = find(durations, text.substr(split));
  if (!in) return fault("has an unknown unit", duration_form);
  const auto span = scaled(number, in->factor);
  if (!span) return fault("is no whole number of milliseconds", duration_form);
  return *span;
}

result<std::int64_t> parse_bytes(std::string_view text) {
  const auto split = text.find_first_not_of("0123456789");
  const auto number = text.substr(0, split);
  if (number.empty()) return fault("is no size", size_form);
  const auto* const in = split == std::string_view::npos ? &sizes[3] : find(sizes, text.substr(split));
  if (!in) return fault("has an unknown unit", size_form);
  const auto bytes = scaled(number, in->factor);
  if (!bytes) return fault("is too large", size_form);
  return *bytes;
}

result<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem == std::errc::result_out_of_range) return fault("is too large", "a whole number");
  if (problem != std::errc{} || stop != end) return fault("is no number", "a whole number");
  return number;
}

std::string milliseconds_text(std::int64_t span) {
  if (span == 0) return "0s";
  // 5500 reads better as 5.5s than as 5500ms.
  if (span > 1000 && span % 1000 != 0 && span % 100 == 0)
    return std::to_string(span / 1000) + "." + std::to_string(span % 1000 / 100) + "s";
  return text_of(durations, span);
}

std::string bytes_text(std::int64_t bytes) { return bytes == 0 ? "0B" : text_of(sizes, bytes); }

}  // namespace sundown::configuration
