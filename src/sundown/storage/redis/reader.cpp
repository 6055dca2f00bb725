#include "storage/redis/reader.hpp"

#include <charconv>

namespace sundown::redis {

namespace {

/// A size in an answer, whole and within its limit.
bool read_size(std::string_view text, std::size_t limit, std::size_t& size) {
  const auto* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, size);
  return fault == std::errc() && stop == end && size <= limit;
}

}  // namespace

bool fit_for_the_parser(std::string_view answers, std::size_t limit) {
  constexpr std::string_view strings = "$!=", aggregates = "*%~>|", line_end = "\r\n";
  for (std::size_t at = 0; at < answers.size();) {
    const auto end = answers.find(line_end, at);
    if (end == std::string_view::npos) return true;  // a line is bounded by the buffer
    const auto line = answers.substr(at, end - at);
    if (line.empty() || line.front() == ';') return false;
    at = end + line_end.size();
    std::size_t size = 0;
    const bool string = strings.find(line.front()) != std::string_view::npos;
    const bool sized = string || aggregates.find(line.front()) != std::string_view::npos;
    if (sized && !read_size(line.substr(1), limit, size)) return false;
    if (string) at += size + line_end.size();
  }
  return true;
}

}  // namespace sundown::redis
