#include "app/notes/note_event.hpp"

#include "app/notes/note_format.hpp"

#include <charconv>
#include <utility>

namespace sundown::storage {

namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace

std::string to_text(const note_event& what) {
  return std::to_string(what.version) + ' ' + what.kind + ' ' + std::to_string(what.at_ms);
}

std::optional<note_event> event_from_text(std::string_view text) {
  const auto first = text.find(' '), second = text.rfind(' ');
  if (first == text.npos || first == second) return std::nullopt;
  const auto version = number_of<std::uint64_t>(text.substr(0, first));
  const auto time = number_of<std::int64_t>(text.substr(second + 1));
  if (!version || !time) return std::nullopt;
  return note_event(std::string(text.substr(first + 1, second - first - 1)), *version, *time);
}

http_client::outbox_event to_outbox(const std::string& note, const note_event& what, std::string key) {
  const auto version = std::to_string(what.version);
  std::string body = R"({"type":"note.)" + what.kind + R"(","timestamp":")" + app::time_text(what.at_ms) +
                     R"(","data":{"id":")" + note + R"(","version":)" + version + "}}";
  return {note + '-' + version, std::move(body), std::move(key)};
}

}  // namespace sundown::storage
