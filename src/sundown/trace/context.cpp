#include <sundown/trace/context.hpp>

#include "base/ascii.hpp"
#include "base/characters.hpp"
#include "base/hex.hpp"

#include <algorithm>
#include <optional>

namespace sundown::trace {

namespace {

// 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
constexpr std::size_t trace_at = 3, span_at = 36, flags_at = 53;

/// Bytes out of lower-case digits.
template <std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> read_hex(std::string_view digits) noexcept {
  std::array<std::uint8_t, Size> bytes;
  for (std::size_t i = 0; i < Size; ++i) {
    const auto high = base::hex_value(digits[2 * i]), low = base::hex_value(digits[2 * i + 1]);
    const auto capital = [](char c) { return c >= 'A' && c <= 'F'; };
    if (high < 0 || low < 0 || capital(digits[2 * i]) || capital(digits[2 * i + 1])) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return bytes;
}

template <class Bytes>
bool is_zero(const Bytes& bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte == 0; });
}

bool is_letter_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || base::is_digit(c); }

/// §3.3.1.3.1
bool is_key(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 256 && is_letter_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter_or_digit(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
         });
}

/// §3.3.1.3.2; white space around it is stripped.
bool is_value(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 256 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

/// §3.3.1
bool is_state(std::string_view text) noexcept {
  constexpr int most_members = 32;
  for (int members = 0; !text.empty();) {
    const auto member = base::trimmed(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(text.find(','), text.size() - 1) + 1);
    if (member.empty()) continue;
    const auto equals = member.find('=');
    if (equals == member.npos || ++members > most_members) return false;
    if (!is_key(member.substr(0, equals)) || !is_value(member.substr(equals + 1))) return false;
  }
  return true;
}

}  // namespace

context context::parse(std::string_view traceparent, std::string_view tracestate) {
  constexpr auto size = fixed_text<55>::size;
  if (traceparent.size() < size) return {};
  if (traceparent[trace_at - 1] != '-' || traceparent[span_at - 1] != '-' || traceparent[flags_at - 1] != '-')
    return {};
  const auto version = read_hex<1>(traceparent);
  if (!version || version->front() == 0xff) return {};
  if (traceparent.size() > size && (version->front() == 0 || traceparent[size] != '-')) return {};
  const auto trace = read_hex<16>(traceparent.substr(trace_at));
  const auto span = read_hex<8>(traceparent.substr(span_at));
  const auto flags = read_hex<1>(traceparent.substr(flags_at));
  if (!trace || !span || !flags || is_zero(*trace) || is_zero(*span)) return {};
  const auto known_flags = static_cast<std::uint8_t>(flags->front() & (sampled_flag | random_flag));
  const bool passes_on = tracestate.size() <= longest_state && is_state(tracestate);
  return {*trace, *span, known_flags, passes_on ? std::string(tracestate) : std::string()};
}

fixed_text<32> context::trace_text() const noexcept {
  fixed_text<32> text;
  base::put_hex(text.data(), trace_);
  return text;
}

fixed_text<16> context::span_text() const noexcept {
  fixed_text<16> text;
  base::put_hex(text.data(), span_);
  return text;
}

fixed_text<55> context::traceparent() const noexcept {
  fixed_text<55> text;
  auto* at = base::put_hex(text.data(), std::array<std::uint8_t, 1>{0});
  *at++ = '-';
  at = base::put_hex(at, trace_);
  *at++ = '-';
  at = base::put_hex(at, span_);
  *at++ = '-';
  base::put_hex(at, std::array{flags_});
  return text;
}

}  // namespace sundown::trace
