#include "app/handlers/note_format.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <ctime>

namespace sundown::app {

namespace json = boost::json;

namespace {

/// RFC 3339, UTC, with milliseconds.
std::string time_text(std::int64_t since_epoch_ms) {
  const auto seconds = static_cast<std::time_t>(since_epoch_ms / 1000);
  tm utc;
  gmtime_r(&seconds, &utc);
  char text[32];
  const auto size = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  const auto ms = std::to_string(1000 + since_epoch_ms % 1000).substr(1);
  return std::string(text, size) + "." + ms + "Z";
}

json::object to_object(const storage::note& one) {
  return {{"id", one.id},
          {"title", one.title},
          {"body", one.body},
          {"created_at", time_text(one.created_ms)},
          {"updated_at", time_text(one.updated_ms)},
          {"version", one.version}};
}

result<std::string> text_member(const json::object& from, std::string_view name) {
  const auto* member = from.if_contains(name);
  if (!member) return std::string();
  if (!member->is_string()) return error{errc::invalid, advice("'" + std::string(name) + "' must be a string.")};
  return std::string(member->get_string());
}

/// Calls `use` with each element of a comma-separated list, without white space around it.
template <class Use>
void for_each_element(std::string_view list, Use use) {
  while (!list.empty()) {
    auto element = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), element.size() + 1));
    while (!element.empty() && (element.front() == ' ' || element.front() == '\t')) element.remove_prefix(1);
    while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) element.remove_suffix(1);
    use(element);
  }
}

std::optional<std::uint64_t> version_of(std::string_view etag) {
  if (etag.size() < 3 || etag.front() != '"' || etag.back() != '"') return std::nullopt;
  std::uint64_t version = 0;
  const auto* end = etag.data() + etag.size() - 1;
  const auto [stop, ec] = std::from_chars(etag.data() + 1, end, version);
  if (ec != std::errc{} || stop != end) return std::nullopt;
  return version;
}

}  // namespace

result<storage::note_draft> parse_draft(std::string_view text) {
  boost::system::error_code ec;
  const auto value = json::parse(text, ec);
  if (ec) return error{errc::malformed, advice("The body is not JSON: " + ec.message() + ".")};
  if (!value.is_object()) {
    return error{errc::invalid, advice("The body must be a JSON object with 'title' and 'body'.")};
  }
  auto title = text_member(value.get_object(), "title");
  if (!title) return title.error();
  auto body = text_member(value.get_object(), "body");
  if (!body) return body.error();
  if (title->empty() && body->empty()) return error{errc::invalid, advice("One of 'title' and 'body' must have text.")};
  return storage::note_draft{std::move(*title), std::move(*body)};
}

std::string to_json(const storage::note& one) { return json::serialize(to_object(one)); }

std::string to_json(const storage::note_page& page) {
  json::array notes;
  notes.reserve(page.notes.size());
  for (const auto& one : page.notes) notes.push_back(to_object(one));
  json::object whole{{"notes", std::move(notes)}, {"next", nullptr}};
  if (page.more) whole["next"] = page.notes.back().id;
  return json::serialize(whole);
}

std::string etag_of(const storage::note& one) { return "\"" + std::to_string(one.version) + "\""; }

if_match read_if_match(std::string_view field) {
  if_match wanted;
  wanted.given = !field.empty();
  for_each_element(field, [&](std::string_view element) {
    if (element == "*") wanted.any = true;
    // The store compares one version: of several tags the newest is the only one that can be current.
    if (const auto version = version_of(element)) wanted.version = std::max(wanted.version.value_or(0), *version);
  });
  return wanted;
}

bool none_match_holds(std::string_view field, std::string_view etag) {
  bool holds = false;
  for_each_element(field, [&](std::string_view element) {
    if (element.starts_with("W/")) element.remove_prefix(2);  // weak comparison
    holds |= element == "*" || element == etag;
  });
  return holds;
}

}  // namespace sundown::app
