#include "app/handlers/notes.hpp"

#include "app/handlers/note_format.hpp"
#include "app/handlers/store_failure.hpp"

#include <sundown/http/conditional.hpp>

#include <charconv>

namespace sundown::app {

namespace {

using http::preconditions;

constexpr std::size_t default_limit = 50;
constexpr std::size_t largest_limit = 500;
constexpr std::size_t page_bytes = 256 << 10;  // of titles and bodies; what a list may hold in memory, read or not

/// A note can change at any moment: caches may keep it, but must ask with its ETag before they use it.
http::response uncached(http::response answer) { return std::move(answer).with("Cache-Control", "no-cache"); }

http::response with_note(unsigned status, const storage::note& one) {
  return uncached({status, "application/json", to_json(one), {}}).with("ETag", etag_of(one.version));
}

http::response refused(const error& why) { return uncached(http::problem(why)); }
http::response not_found() { return refused({errc::not_found, {}}); }
http::response malformed_condition() { return uncached(preconditions::refusal()); }
http::response failed_condition() { return uncached(preconditions::failure()); }

http::response failed(const http::request& asked, const error& why) {
  if (why.code == errc::conflict) return failed_condition();
  return uncached(store_failed(asked, why));
}

/// Evaluates the preconditions of a request to the list, which is there but has no tag; nothing if it may go on.
std::optional<http::response> refused_by(const preconditions& given) {
  if (given.malformed()) return malformed_condition();
  switch (given.evaluate("")) {
    case preconditions::verdict::proceed:
      break;
    case preconditions::verdict::not_modified:
      return uncached({304, {}, {}, {}});
    case preconditions::verdict::failed:
      return failed_condition();
  }
  return std::nullopt;
}

/// The preconditions as the store asks them, inside its write.
storage::version_check check_of(preconditions given) {
  if (given.empty()) return {};
  return [given = std::move(given)](std::uint64_t version) {
    return given.evaluate(etag_of(version)) == preconditions::verdict::proceed;
  };
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

result<std::string> cursor(const http::request& asked) {
  const auto text = asked.query("after");
  if (!text || text->empty()) return std::string();
  auto id = note_id(*text);
  if (!id) return error{errc::malformed, "'after' must be the 'next' of a page."};
  return std::move(*id);
}

}  // namespace

task<http::response> create_note(const http::request& asked, storage::note_store& notes, note_events& events) {
  auto draft = parse_draft(asked.body());
  if (!draft) co_return refused(draft.error());
  const preconditions given(asked);
  if (auto refusal = refused_by(given)) co_return std::move(*refusal);
  const auto created = co_await notes.create(std::move(*draft));
  if (!created) co_return failed(asked, created.error());
  events.publish("created", created->id, created->version);
  co_return with_note(201, *created).with("Location", "/v1/notes/" + created->id);
}

task<http::response> list_notes(const http::request& asked, storage::note_store& notes) {
  const auto limit = page_limit(asked);
  if (!limit) co_return refused(limit.error());
  auto after = cursor(asked);
  if (!after) co_return refused(after.error());
  const preconditions given(asked);
  if (auto refusal = refused_by(given)) co_return std::move(*refusal);
  const storage::page_bounds most(*limit, page_bytes);
  const auto page = co_await notes.list(most, std::move(*after));
  if (!page) co_return failed(asked, page.error());
  co_return uncached({200, "application/json", to_json(*page), {}});
}

task<http::response> get_note(const http::request& asked, storage::note_store& notes) {
  const preconditions given(asked);
  if (given.malformed()) co_return malformed_condition();
  auto id = note_id(asked.param("id"));
  if (!id) co_return not_found();
  const auto found = co_await notes.get(std::move(*id));
  if (!found) co_return failed(asked, found.error());
  const auto etag = etag_of(found->version);
  switch (given.evaluate(etag)) {
    case preconditions::verdict::proceed:
      break;
    case preconditions::verdict::not_modified:
      co_return uncached({304, {}, {}, {}}).with("ETag", etag);
    case preconditions::verdict::failed:
      co_return failed_condition();
  }
  co_return with_note(200, *found);
}

task<http::response> replace_note(const http::request& asked, storage::note_store& notes, note_events& events) {
  auto draft = parse_draft(asked.body());
  if (!draft) co_return refused(draft.error());
  preconditions given(asked);
  if (given.malformed()) co_return malformed_condition();
  auto id = note_id(asked.param("id"));
  if (!id) co_return not_found();
  auto may = check_of(std::move(given));
  const auto stored = co_await notes.replace(std::move(*id), std::move(*draft), std::move(may));
  if (!stored) co_return failed(asked, stored.error());
  events.publish("replaced", stored->id, stored->version);
  co_return with_note(200, *stored);
}

task<http::response> delete_note(const http::request& asked, storage::note_store& notes, note_events& events) {
  preconditions given(asked);
  if (given.malformed()) co_return malformed_condition();
  const auto id = note_id(asked.param("id"));
  if (!id) co_return not_found();
  auto may = check_of(std::move(given));
  const auto gone = co_await notes.remove(*id, std::move(may));
  if (!gone) co_return failed(asked, gone.error());
  events.publish("deleted", *id, 0);
  co_return uncached({204, {}, {}, {}});
}

}  // namespace sundown::app
