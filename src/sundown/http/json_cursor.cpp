#include <sundown/http/detail/json_cursor.hpp>

#include "http/json_scan.hpp"

#include <boost/json/parse.hpp>

#include <cstddef>
#include <cstring>

namespace sundown::http::detail {

namespace {

bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool ends_literal(char c) noexcept { return c == ',' || c == ']' || c == '}' || is_space(c); }

/// Behind the quotation mark that ends the string whose first character is at `begin`. A mark that an odd number of
/// backslashes precedes is a part of the string.
const char* end_of_string(const char* begin, const char* end) noexcept {
  for (const auto* at = begin;; ++at) {
    at = static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
    const auto* behind = at;
    while (behind != begin && behind[-1] == '\\') --behind;
    if ((at - behind) % 2 == 0) return at + 1;
  }
}

bool has_escapes(std::string_view quoted) noexcept { return quoted.find('\\') != quoted.npos; }

std::string_view inside(std::string_view quoted) noexcept { return quoted.substr(1, quoted.size() - 2); }

}  // namespace

json_cursor::json_cursor(std::string_view well_formed)
    : at_(well_formed.data()), end_(well_formed.data() + well_formed.size()) {
  to_next_token();
}

void json_cursor::to_next_token() {
  while (at_ != end_ && is_space(*at_)) ++at_;
}

std::string_view json_cursor::take_string() {
  const auto* const begin = at_;
  at_ = end_of_string(at_ + 1, end_);
  return {begin, static_cast<std::size_t>(at_ - begin)};
}

std::string_view json_cursor::take_value() {
  const auto* const begin = at_;
  std::size_t depth = 0;
  do {
    switch (*at_) {
      case '"':
        at_ = end_of_string(at_ + 1, end_);
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        --depth;
        break;
      default:
        if (depth != 0) break;
        while (at_ != end_ && !ends_literal(*at_)) ++at_;
        continue;
    }
    ++at_;
  } while (depth != 0);
  return {begin, static_cast<std::size_t>(at_ - begin)};
}

void json_cursor::pass_over() { take_value(); }

bool json_cursor::read_null() {
  if (*at_ != 'n') return false;
  take_value();
  return true;
}

bool json_cursor::read(bool& into) {
  if (*at_ != 't' && *at_ != 'f') return false;
  into = *at_ == 't';
  take_value();
  return true;
}

bool json_cursor::read(std::string& into) {
  if (*at_ != '"') return false;
  const auto quoted = take_string();
  if (has_escapes(quoted))
    into = decode_string(quoted);
  else
    into = inside(quoted);
  return true;
}

void json_cursor::read(boost::json::value& into) { into = boost::json::parse(take_value(), {}, exactly()); }

boost::json::value json_cursor::read_number() {
  if (*at_ != '-' && (*at_ < '0' || *at_ > '9')) return nullptr;
  return decode_number(take_value());
}

bool json_cursor::enter() {
  ++at_;
  to_next_token();
  if (*at_ != ']' && *at_ != '}') return true;
  ++at_;
  return false;
}

bool json_cursor::next() {
  to_next_token();
  const bool more = *at_ == ',';
  ++at_;
  if (more) to_next_token();
  return more;
}

std::string_view json_cursor::read_name(std::string& decoded) {
  const auto quoted = take_string();
  to_next_token();
  ++at_;  // the colon
  to_next_token();
  if (!has_escapes(quoted)) return inside(quoted);
  decoded = decode_string(quoted);
  return decoded;
}

}  // namespace sundown::http::detail
