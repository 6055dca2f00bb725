#include "app/notes/note_event.hpp"

#include "app/notes/note_format.hpp"

#include <sundown/trace.hpp>

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

/// What stands before the next space, which is taken off.
std::string_view take_word(std::string_view& rest) {
  const auto end = rest.find(' ');
  const auto word = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  return word;
}

}  // namespace

std::string to_text(const note_event& what) {
  auto text = std::to_string(what.version) + ' ' + what.kind + ' ' + std::to_string(what.at_ms);
  return what.traceparent.empty() ? text : text + ' ' + what.traceparent;
}

std::optional<note_event> event_from_text(std::string_view text) {
  const auto version = number_of<std::uint64_t>(take_word(text));
  const auto kind = take_word(text);
  const auto time = number_of<std::int64_t>(take_word(text));
  if (!version || !time) return std::nullopt;
  return note_event(std::string(kind), *version, *time, std::string(text));
}

http_client::outbox_event to_outbox(const std::string& note, const note_event& what, std::string key) {
  const auto version = std::to_string(what.version);
  std::string body = R"({"type":"note.)" + what.kind + R"(","timestamp":")" + app::time_text(what.at_ms) +
                     R"(","data":{"id":")" + note + R"(","version":)" + version + "}}";
  http_client::outbox_event made(note + '-' + version, std::move(body), std::move(key));
  made.origin = trace::context::parse(what.traceparent);
  return made;
}

}  // namespace sundown::storage
