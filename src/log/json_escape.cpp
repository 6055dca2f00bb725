#include "log/json_escape.hpp"

#include "log/plain.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace sundown::log {
namespace {

struct code_point {
  std::uint32_t value;
  std::size_t length;  ///< 0: no UTF-8
};

code_point decode(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const auto first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
  if (length == 0 || length > text.size()) return {0, 0};
  if (length == 1) return {first, 1};
  std::uint32_t value = first & (0x7fu >> length);
  for (std::size_t i = 1; i != length; ++i) {
    if (byte(i) >> 6 != 2) return {0, 0};
    value = value << 6 | (byte(i) & 0x3f);
  }
  constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < smallest[length] || value > 0x10ffff || surrogate) return {0, 0};
  return {value, length};
}

void append_unicode_escape(std::string& out, std::uint32_t value) {
  constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[value >> shift & 15];
}

void append_control(std::string& out, std::uint32_t value) {
  switch (value) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      append_unicode_escape(out, value);
  }
}

void append_escaped(std::string& out, std::string_view text, bool quoted) {
  while (!text.empty()) {
    const auto [value, length] = decode(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
      continue;
    }
    if (quoted && (value == '"' || value == '\\')) {
      out += '\\';
      out += static_cast<char>(value);
    } else if (value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0x2028 || value == 0x2029) {
      append_control(out, value);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

}  // namespace

bool plain(std::string_view text) noexcept {
  const char* at = text.data();
  auto left = text.size();
  std::uint64_t odd = 0;
  for (; left > 8; at += 8, left -= 8) odd |= odd_bits(load<std::uint64_t>(at));
  return !((odd | odd_bits(load_last(text.data(), at, left))) & odd_mask);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  if (plain(text))
    out += text;
  else
    append_escaped(out, text, true);
  out += '"';
}

void append_one_line(std::string& out, std::string_view text) { append_escaped(out, text, false); }

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char buffer[32];
  const double size = std::abs(value);
  const bool readable = size == 0 || (size >= 1e-6 && size < 1e15);
  const auto style = readable ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, style).ptr;
  out.append(buffer, end);
}

void append_json_seconds(std::string& out, std::chrono::duration<double> value) {
  const double milliseconds = std::round(value.count() * 1e3);
  // Beyond this a duration is a bug in the caller, and its thousandths mean nothing.
  if (!(std::abs(milliseconds) < 1e15)) return append_json_number(out, value.count());
  char buffer[32];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, milliseconds / 1e3 + 0.0, std::chars_format::fixed, 3).ptr;
  out.append(buffer, end);
}

}  // namespace sundown::log
