#include "app/notes/mongo_notes.hpp"

#include "app/notes/mongo_bson.hpp"
#include "app/notes/mongo_events.hpp"
#include "app/notes/page_builder.hpp"

#include <sundown/time.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace sundown::storage {

namespace {

using mongodb::document;

constexpr auto collection_name = "notes";
// Documents in one answer of the server. Of the first answer only few, since they may be large; then as many as their
// size so far promises room for.
constexpr std::int64_t first_batch = 16, largest_batch = 1000;

constexpr auto largest = std::numeric_limits<std::int64_t>::max();

std::uint32_t next_batch(const page_builder& page, page_bounds most) {
  const auto mean = page.bytes() / page.notes() + 1;
  const auto fitting = (most.bytes - page.bytes()) / mean + 1;
  return static_cast<std::uint32_t>(std::min<std::size_t>(fitting, largest_batch));
}

/// {_id: id} that is no tombstone, and {version: version} if one is given.
void append_match(document& match, const std::string& id, std::optional<std::uint64_t> version) {
  match.text("_id", id);
  append_alive(match);
  if (version) match.integer("version", static_cast<std::int64_t>(*version));
}

error missing(const std::string& id) { return {errc::not_found, "no note " + id}; }

error too_large() {
  return {errc::invalid, "too large for a MongoDB document, which takes 16 MiB",
          advice("It is too large to be stored.")};
}

}  // namespace

mongo_notes::mongo_notes(mongodb::connection& lease, bool tells, std::string traceparent)
    : lease_(lease),
      tells_(tells),
      traceparent_(std::move(traceparent)),
      collection_(mongoc_client_get_collection(lease.client(), lease.database().c_str(), collection_name)) {}

// Notes are found by _id and listed in its order, and that index the server makes itself: asked for, it makes the
// collection too. An index for a query of yours is one more document in the array.
result<void> mongo_notes::make_indexes() {
  document key, index, all, command;
  key.integer("_id", 1);
  index.child("key", key).text("name", "_id_");
  all.child("0", index);
  command.text("createIndexes", collection_name).array("indexes", all);
  bson_error_t failed{};
  if (mongoc_collection_write_command_with_opts(collection_.get(), command.get(), nullptr, nullptr, &failed)) return {};
  return lease_.fault(failed, mongodb::access::read);
}

result<std::string> mongo_notes::greatest_id() {
  document match, order, fields, options;
  options.child("sort", order.integer("_id", -1))
      .child("projection", fields.integer("_id", 1))
      .integer("limit", 1)
      .flag("singleBatch", true)
      .integer("maxTimeMS", lease_.remaining().count());
  const mongodb::handle<mongoc_cursor_t, mongoc_cursor_destroy> found(
      mongoc_collection_find_with_opts(collection_.get(), match.get(), options.get(), nullptr));
  const bson_t* read = nullptr;
  if (mongoc_cursor_next(found.get(), &read)) return read_id(read);
  bson_error_t failed{};
  if (mongoc_cursor_error(found.get(), &failed)) return lease_.fault(failed, mongodb::access::read);
  return std::string();
}

// The id was made for this write alone. If it is there already, an earlier attempt of this very write has come through,
// ours or the driver's, whose answer was lost. So a lost answer is no reason to give up, as long as there is time.
result<note> mongo_notes::insert(const note& fresh) {
  if (!fits_document(fresh.title, fresh.body)) return too_large();
  document written;
  append_note(written, fresh);
  if (tells_) append_first_event(written, {"created", fresh.version, fresh.created_ms, traceparent_});
  bson_error_t failed{};
  if (insert_once(written, failed)) return fresh;
  const bool time_left = clock::now() + lease_.attempt() <= lease_.deadline();
  if (!mongodb::is_lost_answer(failed) || !time_left) return lease_.fault(failed, mongodb::access::write);
  bson_error_t again{};
  if (insert_once(written, again)) return fresh;
  return lease_.fault(failed, mongodb::access::write);  // the first one's: it is what leaves the outcome unknown
}

bool mongo_notes::insert_once(const mongodb::document& document, bson_error_t& failed) {
  return mongoc_collection_insert_one(collection_.get(), document.get(), nullptr, nullptr, &failed) ||
         mongodb::is_duplicate_key(failed);
}

result<note> mongo_notes::get(const std::string& id) {
  document match, options;
  match.text("_id", id);
  options.integer("limit", 1).flag("singleBatch", true).integer("maxTimeMS", lease_.remaining().count());
  const mongodb::handle<mongoc_cursor_t, mongoc_cursor_destroy> found(
      mongoc_collection_find_with_opts(collection_.get(), match.get(), options.get(), nullptr));
  const bson_t* read = nullptr;
  if (mongoc_cursor_next(found.get(), &read)) return is_tombstone(read) ? result<note>(missing(id)) : read_note(read);
  bson_error_t failed{};
  if (mongoc_cursor_error(found.get(), &failed)) return lease_.fault(failed, mongodb::access::read);
  return missing(id);
}

result<note_page> mongo_notes::list(page_bounds most, const std::string& after) {
  const auto wanted = std::in_range<std::int64_t>(most.notes) ? static_cast<std::int64_t>(most.notes) : largest;
  const auto asked = std::min(wanted, largest - 1) + 1;  // one further note tells whether more follow
  document beyond, match, order, options;
  match.child("_id", beyond.text("$gt", after));
  append_alive(match);
  options.child("sort", order.integer("_id", 1))
      .integer("limit", asked)
      .integer("batchSize", std::min(asked, first_batch))
      .integer("maxTimeMS", lease_.remaining().count());
  const mongodb::handle<mongoc_cursor_t, mongoc_cursor_destroy> found(
      mongoc_collection_find_with_opts(collection_.get(), match.get(), options.get(), nullptr));

  page_builder page(most);
  const bson_t* read = nullptr;
  while (mongoc_cursor_next(found.get(), &read)) {
    if (clock::now() > lease_.deadline()) return error{errc::timed_out, "too many notes for the time there is"};
    auto next = read_note(read);
    if (!next) return next.error();
    if (!page.takes(next->title.size() + next->body.size())) return page.take();
    page.add(std::move(*next));
    mongoc_cursor_set_batch_size(found.get(), next_batch(page, most));
  }
  bson_error_t failed{};
  if (mongoc_cursor_error(found.get(), &failed)) return lease_.fault(failed, mongodb::access::read);
  return page.take();
}

result<std::optional<std::uint64_t>> mongo_notes::checked(const std::string& id, const version_check& may) {
  if (!may && !tells_) return std::optional<std::uint64_t>();  // an event has the version in it
  document match, options, fields;
  match.text("_id", id);
  options.integer("limit", 1)
      .flag("singleBatch", true)
      .child("projection", fields.integer("version", 1).integer("deleted", 1))
      .integer("maxTimeMS", lease_.remaining().count());
  const mongodb::handle<mongoc_cursor_t, mongoc_cursor_destroy> found(
      mongoc_collection_find_with_opts(collection_.get(), match.get(), options.get(), nullptr));
  const bson_t* read = nullptr;
  if (mongoc_cursor_next(found.get(), &read)) {
    if (is_tombstone(read)) return missing(id);
    const auto version = read_version(read);
    if (!version) return version.error();
    if (!may || may(*version)) return std::optional(*version);
    return error{errc::conflict, "note " + id + " has version " + std::to_string(*version)};
  }
  bson_error_t failed{};
  if (mongoc_cursor_error(found.get(), &failed)) return lease_.fault(failed, mongodb::access::read);
  return missing(id);
}

/// The check sees a version, and the write is done only on that one; if another write has come between, both are tried
/// again. Each round in vain is one in which somebody else's write has succeeded.
template <class Write>
auto mongo_notes::compare_and_set(const std::string& id, const version_check& may, Write write) {
  using outcome = decltype(write(std::optional<std::uint64_t>()));
  for (;;) {
    const auto version = checked(id, may);
    if (!version) return outcome(version.error());
    auto done = write(*version);
    if (!done || *done) return done;
    if (!*version) return outcome(missing(id));
    if (clock::now() > lease_.deadline()) return outcome(error{errc::timed_out, "too many other writes to note " + id});
  }
}

result<note> mongo_notes::replace(const std::string& id, const note_draft& draft, const version_check& may,
                                  std::int64_t now_ms) {
  if (!fits_document(draft.title, draft.body)) return too_large();
  auto replaced = compare_and_set(id, may, [&](auto version) { return replace_once(id, draft, version, now_ms); });
  if (!replaced) return replaced.error();
  return std::move(**replaced);
}

result<std::optional<note>> mongo_notes::replace_once(const std::string& id, const note_draft& draft,
                                                      std::optional<std::uint64_t> version, std::int64_t now_ms) {
  document match, texts, step, latest, earliest, event, change;
  append_match(match, id, version);
  change.child("$set", texts.text("title", draft.title).text("body", draft.body))
      .child("$inc", step.integer("version", 1));
  latest.integer("updated_ms", now_ms);
  if (tells_) {
    append_event(event, latest, earliest, {"replaced", *version + 1, now_ms, traceparent_});
    change.child("$push", event).child("$min", earliest);
  }
  change.child("$max", latest);
  const mongodb::handle<mongoc_find_and_modify_opts_t, mongoc_find_and_modify_opts_destroy> options(
      mongoc_find_and_modify_opts_new());
  mongoc_find_and_modify_opts_set_update(options.get(), change.get());
  mongoc_find_and_modify_opts_set_flags(options.get(), MONGOC_FIND_AND_MODIFY_RETURN_NEW);
  mongoc_find_and_modify_opts_set_max_time_ms(options.get(), static_cast<std::uint32_t>(lease_.remaining().count()));

  document reply;
  bson_error_t failed{};
  const bool done =
      mongoc_collection_find_and_modify_with_opts(collection_.get(), match.get(), options.get(), reply.get(), &failed);
  if (!done) return lease_.fault(failed, mongodb::access::write);
  bson_iter_t value;
  if (!bson_iter_init_find(&value, reply.get(), "value") || !BSON_ITER_HOLDS_DOCUMENT(&value)) {
    return std::optional<note>();
  }
  std::uint32_t size = 0;
  const std::uint8_t* bytes = nullptr;
  bson_iter_document(&value, &size, &bytes);
  bson_t replaced;
  if (!bson_init_static(&replaced, bytes, size)) return error{errc::unavailable, "an answer that can't be read"};
  auto after = read_note(&replaced);
  if (!after) return after.error();
  return std::optional(std::move(*after));
}

result<void> mongo_notes::remove(const std::string& id, const version_check& may) {
  const auto removed = compare_and_set(
      id, may, [&](auto version) { return tells_ ? bury_once(id, *version) : remove_once(id, version); });
  if (!removed) return removed.error();
  return {};
}

result<bool> mongo_notes::remove_once(const std::string& id, std::optional<std::uint64_t> version) {
  document match;
  append_match(match, id, version);
  document reply;
  bson_error_t failed{};
  const bool done = mongoc_collection_delete_one(collection_.get(), match.get(), nullptr, reply.get(), &failed);
  if (!done) return lease_.fault(failed, mongodb::access::write);
  bson_iter_t count;
  return bson_iter_init_find(&count, reply.get(), "deletedCount") && bson_iter_as_int64(&count) == 1;
}

/// What is left of the note is its last event, until that is delivered.
result<bool> mongo_notes::bury_once(const std::string& id, std::uint64_t version) {
  document match, marks, step, latest, earliest, event, change;
  append_match(match, id, version);
  append_event(event, latest, earliest, {"deleted", version + 1, since_epoch().count(), traceparent_});
  change.child("$set", marks.flag("deleted", true).text("title", "").text("body", ""))
      .child("$inc", step.integer("version", 1))
      .child("$push", event)
      .child("$max", latest)
      .child("$min", earliest);
  document reply;
  bson_error_t failed{};
  if (!mongoc_collection_update_one(collection_.get(), match.get(), change.get(), nullptr, reply.get(), &failed))
    return lease_.fault(failed, mongodb::access::write);
  bson_iter_t count;
  return bson_iter_init_find(&count, reply.get(), "modifiedCount") && bson_iter_as_int64(&count) == 1;
}

}  // namespace sundown::storage
