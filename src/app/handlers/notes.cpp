#include "app/handlers/notes.hpp"

#include "app/handlers/note_format.hpp"
#include "app/handlers/store_failure.hpp"

#include <charconv>

namespace sundown::app {

namespace {

constexpr std::size_t default_limit = 50;
constexpr std::size_t largest_limit = 500;

http::response with_note(unsigned status, const storage::note& one) {
  return http::response{status, "application/json", to_json(one), {}}.with("ETag", etag_of(one));
}

result<std::size_t> page_limit(const http::request& asked) {
  const auto text = asked.query("limit");
  if (!text) return default_limit;
  std::size_t limit = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (ec != std::errc{} || end != text->data() + text->size() || limit < 1 || limit > largest_limit) {
    return error{errc::malformed, advice("'limit' must be a number from 1 to " + std::to_string(largest_limit) + ".")};
  }
  return limit;
}

/// If-Match as the store's expected version; nullopt: no condition.
result<std::optional<std::uint64_t>> expected_version(const http::request& asked) {
  const auto wanted = read_if_match(asked[http::field::if_match]);
  if (!wanted.given || wanted.any) return std::optional<std::uint64_t>();
  if (!wanted.version) return error{errc::conflict, "If-Match names no tag of a note"};
  return wanted.version;
}

}  // namespace

task<http::response> create_note(const http::request& asked, storage::note_store& notes, note_events& events) {
  auto draft = parse_draft(asked.body());
  if (!draft) co_return http::problem(draft.error());
  const auto created = co_await notes.create(std::move(*draft));
  if (!created) co_return store_failed(asked, created.error());
  events.publish("created", created->id, created->version);
  co_return with_note(201, *created).with("Location", "/v1/notes/" + created->id);
}

task<http::response> list_notes(const http::request& asked, storage::note_store& notes) {
  const auto limit = page_limit(asked);
  if (!limit) co_return http::problem(limit.error());
  const auto page = co_await notes.list(*limit, asked.query("after").value_or(""));
  if (!page) co_return store_failed(asked, page.error());
  co_return http::response{200, "application/json", to_json(*page), {}};
}

task<http::response> get_note(const http::request& asked, storage::note_store& notes) {
  const auto found = co_await notes.get(asked.param("id"));
  if (!found) co_return store_failed(asked, found.error());
  if (none_match_holds(asked[http::field::if_none_match], etag_of(*found))) {
    co_return http::response{304, {}, {}, {}}.with("ETag", etag_of(*found));
  }
  co_return with_note(200, *found);
}

task<http::response> replace_note(const http::request& asked, storage::note_store& notes, note_events& events) {
  auto draft = parse_draft(asked.body());
  if (!draft) co_return http::problem(draft.error());
  const auto expected = expected_version(asked);
  if (!expected) co_return http::problem(expected.error());
  const auto stored = co_await notes.replace(asked.param("id"), std::move(*draft), *expected);
  if (!stored) co_return store_failed(asked, stored.error());
  events.publish("replaced", stored->id, stored->version);
  co_return with_note(200, *stored);
}

task<http::response> delete_note(const http::request& asked, storage::note_store& notes, note_events& events) {
  const auto expected = expected_version(asked);
  if (!expected) co_return http::problem(expected.error());
  const auto gone = co_await notes.remove(asked.param("id"), *expected);
  if (!gone) co_return store_failed(asked, gone.error());
  events.publish("deleted", asked.param("id"), 0);
  co_return http::response{204, {}, {}, {}};
}

}  // namespace sundown::app
