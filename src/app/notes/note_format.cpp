#include "app/notes/note_format.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <ctime>

namespace sundown::app {

namespace json = boost::json;

namespace {

constexpr std::size_t frame_size = 256;  // of a note's members without its texts

/// Piece by piece: a large text is in memory once, not once more as a tree and twice in a string that grows.
void append_quoted(std::string& out, std::string_view text) {
  char piece[4096];
  json::serializer from;
  from.reset(text);
  while (!from.done()) out += std::string_view(from.read(piece));
}

void append(std::string& out, const storage::note& one) {
  out.append(R"({"id":")").append(one.id).append(R"(","title":)");
  append_quoted(out, one.title);
  out += R"(,"body":)";
  append_quoted(out, one.body);
  out.append(R"(,"created_at":")").append(time_text(one.created_ms));
  out.append(R"(","updated_at":")").append(time_text(one.updated_ms));
  out.append(R"(","version":)").append(std::to_string(one.version)) += '}';
}

std::size_t size_of(const storage::note& one) { return frame_size + one.title.size() + one.body.size(); }

bool is_hex_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::string time_text(std::int64_t since_epoch_ms) {
  const auto seconds = static_cast<std::time_t>(since_epoch_ms / 1000);
  tm utc;
  gmtime_r(&seconds, &utc);
  char text[32];
  const auto size = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  const auto ms = std::to_string(1000 + since_epoch_ms % 1000).substr(1);
  return std::string(text, size) + "." + ms + "Z";
}

std::string to_json(const storage::note& one) {
  std::string text;
  text.reserve(size_of(one));
  append(text, one);
  return text;
}

std::string to_json(const storage::note_page& page) {
  std::size_t size = frame_size;
  for (const auto& one : page.notes) size += size_of(one);
  std::string text;
  text.reserve(size);
  text += R"({"notes":[)";
  for (const auto& one : page.notes) {
    if (text.back() == '}') text += ',';
    append(text, one);
  }
  text += R"(],"next":)";
  text += page.more ? '"' + page.notes.back().id + '"' : "null";
  text += '}';
  return text;
}

std::string etag_of(std::uint64_t version) { return '"' + std::to_string(version) + '"'; }

std::optional<std::string> note_id(std::string_view text) {
  constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  const bool has_form =
      std::ranges::equal(text, form, [](char c, char wanted) { return wanted == 'x' ? is_hex_digit(c) : c == wanted; });
  if (!has_form) return std::nullopt;
  std::string id(text);
  for (auto& c : id) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return id;
}

}  // namespace sundown::app
