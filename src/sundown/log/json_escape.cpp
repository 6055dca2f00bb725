#include "log/json_escape.hpp"

#include "log/plain.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>

namespace sundown::log {
namespace {

struct range {
  std::uint32_t first, last;
};
/// Unicode 15: the categories Cc, Cf, Zl and Zp, what is ignored by default where it can't be displayed (variation
/// selectors among it, which can carry any text unseen), and what is no character. In order.
constexpr range unseen_ranges[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},     {0x600, 0x605},
    {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},
    {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f},   {0x3164, 0x3164},   {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

/// Neither seen nor left alone by a terminal: it hides, reorders or breaks the text around it.
constexpr bool unseen(std::uint32_t value) noexcept {
  if ((value & 0xfffe) == 0xfffe) return true;
  const auto* const next = std::ranges::upper_bound(unseen_ranges, value, {}, &range::first);
  return next != std::begin(unseen_ranges) && value <= std::prev(next)->last;
}

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

void append_hex(std::string& out, std::uint32_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 15];
}

enum class style { json, toml, message };

void append_unicode_escape(std::string& out, std::uint32_t value, style how) {
  if (value < 0x10000) {
    append_hex(out += "\\u", value, 4);
  } else if (how == style::json) {
    append_hex(out += "\\u", 0xd800 + ((value - 0x10000) >> 10), 4);
    append_hex(out += "\\u", 0xdc00 + (value & 0x3ff), 4);
  } else {
    append_hex(out += "\\U", value, 8);
  }
}

void append_escape(std::string& out, std::uint32_t value, style how) {
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
      append_unicode_escape(out, value, how);
  }
}

void append_escaped(std::string& out, std::string_view text, style how) {
  while (!text.empty()) {
    const auto [value, length] = decode(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
      continue;
    }
    if (how != style::message && (value == '"' || value == '\\')) {
      out += '\\';
      out += static_cast<char>(value);
    } else if (unseen(value)) {
      append_escape(out, value, how);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

void append_quoted(std::string& out, std::string_view text, style how) {
  out += '"';
  if (has_none_odd<space_too>(text))
    out += text;
  else
    append_escaped(out, text, how);
  out += '"';
}

}  // namespace

bool plain(std::string_view text) noexcept { return has_none_odd<no_space>(text); }

void append_json_string(std::string& out, std::string_view text) { append_quoted(out, text, style::json); }

void append_toml_string(std::string& out, std::string_view text) { append_quoted(out, text, style::toml); }

void append_one_line(std::string& out, std::string_view text) { append_escaped(out, text, style::message); }

std::string one_line(std::string_view text) {
  std::string out;
  append_one_line(out, text);
  return out;
}

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
