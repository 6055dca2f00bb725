#include "app/notes/notes.hpp"

#include "app/notes/note_format.hpp"
#include "app/notes/store_failure.hpp"

#include <sundown/http/conditional.hpp>

namespace sundown::app {

namespace {

using http::preconditions;

constexpr std::size_t default_limit = 50;
constexpr std::size_t largest_limit = 500;
constexpr std::size_t page_bytes = 256 << 10;  // of titles and bodies; what a list may hold in memory, read or not
constexpr std::size_t cursor_size = 36;        // of a UUID's text

/// A note can change at any moment: caches may keep it, but must ask with its ETag before they use it.
void uncached(const http::request&, http::response& answer) { answer.with("Cache-Control", "no-cache"); }

http::response with_note(unsigned status, const storage::note& note) {
  return http::json_text(status, to_json(note)).with("ETag", etag_of(note.version));
}

http::response not_found() { return http::problem(error{errc::not_found, {}}); }

http::response failed(const http::request& request, const error& why) {
  return why.code == errc::conflict ? preconditions::failure() : store_failed(request, why);
}

/// The preconditions as the store asks them, inside its write.
storage::version_check check_of(preconditions given) {
  if (given.empty()) return {};
  return [given = std::move(given)](std::uint64_t version) {
    return given.evaluate(etag_of(version)) == preconditions::verdict::proceed;
  };
}

result<std::string> cursor(const http::request& request) {
  auto text = request.query_text("after", cursor_size);
  if (!text || text->empty()) return text;
  auto id = note_id(*text);
  if (!id) return error{errc::malformed, advice("'after' must be the 'next' of a page.")};
  return std::move(*id);
}

task<http::response> create_note(const http::request& request, storage::note_store& notes, note_events& events) {
  auto draft = parse_draft(request.body());
  if (!draft) co_return http::problem(draft.error());
  const preconditions given(request);
  if (auto answer = given.answer_instead("")) co_return std::move(*answer);
  const auto created = co_await notes.create(std::move(*draft), request.context());
  if (!created) co_return failed(request, created.error());
  events.publish("created", created->id, created->version, request.span());
  co_return http::created("/v1/notes/" + created->id, with_note(201, *created));
}

task<http::response> list_notes(const http::request& request, storage::note_store& notes) {
  const auto limit = request.query_number("limit", 1, largest_limit, default_limit);
  if (!limit) co_return http::problem(limit.error());
  auto after = cursor(request);
  if (!after) co_return http::problem(after.error());
  const preconditions given(request);
  if (auto answer = given.answer_instead("")) co_return std::move(*answer);  // the list is there, but has no tag
  const storage::page_bounds most(*limit, page_bytes);
  const auto page = co_await notes.list(most, std::move(*after), request.context());
  if (!page) co_return failed(request, page.error());
  co_return http::json_text(to_json(*page));
}

task<http::response> get_note(const http::request& request, storage::note_store& notes) {
  const preconditions given(request);
  if (given.malformed()) co_return preconditions::refusal();
  auto id = note_id(request.param("id"));
  if (!id) co_return not_found();
  const auto found = co_await notes.get(std::move(*id), request.context());
  if (!found) co_return failed(request, found.error());
  if (auto answer = given.answer_instead(etag_of(found->version))) co_return std::move(*answer);
  co_return with_note(200, *found);
}

task<http::response> replace_note(const http::request& request, storage::note_store& notes, note_events& events) {
  auto draft = parse_draft(request.body());
  if (!draft) co_return http::problem(draft.error());
  preconditions given(request);
  if (given.malformed()) co_return preconditions::refusal();
  auto id = note_id(request.param("id"));
  if (!id) co_return not_found();
  auto may = check_of(std::move(given));
  const auto stored = co_await notes.replace(std::move(*id), std::move(*draft), std::move(may), request.context());
  if (!stored) co_return failed(request, stored.error());
  events.publish("replaced", stored->id, stored->version, request.span());
  co_return with_note(200, *stored);
}

task<http::response> delete_note(const http::request& request, storage::note_store& notes, note_events& events) {
  preconditions given(request);
  if (given.malformed()) co_return preconditions::refusal();
  const auto id = note_id(request.param("id"));
  if (!id) co_return not_found();
  auto may = check_of(std::move(given));
  const auto gone = co_await notes.remove(*id, std::move(may), request.context());
  if (!gone) co_return failed(request, gone.error());
  events.publish("deleted", *id, 0, request.span());
  co_return http::no_content();
}

}  // namespace

void add_note_routes(http::route_group to, storage::note_store& notes, note_events& events) {
  using http::request;
  const http::route_options json{.accepts = "application/json"};
  to.on_answer(uncached);
  to.post("", [&](const request& asked) { return create_note(asked, notes, events); }, json);
  to.get("", [&](const request& asked) { return list_notes(asked, notes); });
  to.get("/{id}", [&](const request& asked) { return get_note(asked, notes); });
  to.put("/{id}", [&](const request& asked) { return replace_note(asked, notes, events); }, json);
  to.remove("/{id}", [&](const request& asked) { return delete_note(asked, notes, events); });
}

}  // namespace sundown::app
