#include "storage/mongo_notes.hpp"

#include "storage/mongo_bson.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sundown::storage {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto collection_name = "notes";
constexpr std::int64_t batch_limit = 1000;  // documents in one answer

constexpr auto largest = std::numeric_limits<std::int64_t>::max();

/// {_id: id}, and {version: expected} if one is. Versions start at 1: 0 is one that no note can have.
void append_match(bson_document& to, const std::string& id, std::optional<std::uint64_t> expected) {
  to.text("_id", id);
  if (!expected) return;
  to.integer("version", std::in_range<std::int64_t>(*expected) ? static_cast<std::int64_t>(*expected) : 0);
}

error too_large() {
  return {errc::invalid, "too large for a MongoDB document, which takes 16 MiB",
          advice("It is too large to be stored.")};
}

}  // namespace

mongo_notes::mongo_notes(mongo_connection& with)
    : with_(with), collection_(mongoc_client_get_collection(with.client, with.database.c_str(), collection_name)) {}

error mongo_notes::fault(const bson_error_t& failed, bool writing) { return fault_of(failed, writing, begun_, with_); }

// Notes are found by _id and listed in its order, and that index the server makes itself: asked for, it makes the
// collection too. An index for a query of yours is one more document in the array.
result<void> mongo_notes::make_indexes() {
  bson_document key, index, all, command;
  key.integer("_id", 1);
  index.document("key", key).text("name", "_id_");
  all.document("0", index);
  command.text("createIndexes", collection_name).array("indexes", all);
  bson_error_t failed{};
  if (mongoc_collection_write_command_with_opts(collection_.get(), command.get(), nullptr, nullptr, &failed)) return {};
  return fault(failed, false);
}

// The id was made for this write alone. If it is there already, an earlier attempt of this very write has come through,
// ours or the driver's, whose answer was lost. So a lost answer is no reason to give up, as long as there is time.
result<note> mongo_notes::insert(const note& fresh) {
  if (!fits_document(fresh.title, fresh.body)) return too_large();
  bson_document document;
  append_note(document, fresh);
  bson_error_t failed{};
  if (insert_once(document, failed)) return fresh;
  const bool time_left = clock::now() + with_.attempt <= with_.give_up_at;
  if (!means_lost_answer(failed) || !time_left) return fault(failed, true);
  bson_error_t again{};
  if (insert_once(document, again)) return fresh;
  return fault(failed, true);  // the first one's: it is what leaves the outcome unknown
}

bool mongo_notes::insert_once(const bson_document& document, bson_error_t& failed) {
  return mongoc_collection_insert_one(collection_.get(), document.get(), nullptr, nullptr, &failed) ||
         means_duplicate(failed);
}

result<note> mongo_notes::get(const std::string& id) {
  bson_document match, options;
  match.text("_id", id);
  options.integer("limit", 1).flag("singleBatch", true);
  const mongo_handle<mongoc_cursor_t, mongoc_cursor_destroy> found(
      mongoc_collection_find_with_opts(collection_.get(), match.get(), options.get(), nullptr));
  const bson_t* document = nullptr;
  if (mongoc_cursor_next(found.get(), &document)) return read_note(document);
  bson_error_t failed{};
  if (mongoc_cursor_error(found.get(), &failed)) return fault(failed, false);
  return error{errc::not_found, "no note " + id};
}

result<note_page> mongo_notes::list(std::size_t limit, const std::string& after) {
  const auto wanted = std::in_range<std::int64_t>(limit) ? static_cast<std::int64_t>(limit) : largest;
  const auto asked = std::min(wanted, largest - 1) + 1;  // one further note tells whether more follow
  bson_document beyond, match, order, options;
  match.document("_id", beyond.text("$gt", after));
  options.document("sort", order.integer("_id", 1))
      .integer("limit", asked)
      .integer("batchSize", std::min(asked, batch_limit));
  const mongo_handle<mongoc_cursor_t, mongoc_cursor_destroy> found(
      mongoc_collection_find_with_opts(collection_.get(), match.get(), options.get(), nullptr));

  note_page page;
  const bson_t* document = nullptr;
  while (mongoc_cursor_next(found.get(), &document)) {
    if (page.notes.size() == limit) {
      page.more = true;
      return page;
    }
    if (clock::now() > with_.give_up_at) return error{errc::timed_out, "too many notes for the time there is"};
    auto next = read_note(document);
    if (!next) return next.error();
    page.notes.push_back(std::move(*next));
  }
  bson_error_t failed{};
  if (mongoc_cursor_error(found.get(), &failed)) return fault(failed, false);
  return page;
}

result<note> mongo_notes::replace(const std::string& id, const note_draft& draft, std::optional<std::uint64_t> expected,
                                  std::int64_t now_ms) {
  if (!fits_document(draft.title, draft.body)) return too_large();
  bson_document match, texts, step, time, change;
  append_match(match, id, expected);
  change.document("$set", texts.text("title", draft.title).text("body", draft.body))
      .document("$inc", step.integer("version", 1))
      .document("$max", time.integer("updated_ms", now_ms));
  const mongo_handle<mongoc_find_and_modify_opts_t, mongoc_find_and_modify_opts_destroy> options(
      mongoc_find_and_modify_opts_new());
  mongoc_find_and_modify_opts_set_update(options.get(), change.get());
  mongoc_find_and_modify_opts_set_flags(options.get(), MONGOC_FIND_AND_MODIFY_RETURN_NEW);

  bson_document reply;
  bson_error_t failed{};
  const bool done =
      mongoc_collection_find_and_modify_with_opts(collection_.get(), match.get(), options.get(), reply.get(), &failed);
  if (!done) return fault(failed, true);
  bson_iter_t value;
  if (!bson_iter_init_find(&value, reply.get(), "value") || !BSON_ITER_HOLDS_DOCUMENT(&value)) return no_match(id);
  std::uint32_t size = 0;
  const std::uint8_t* bytes = nullptr;
  bson_iter_document(&value, &size, &bytes);
  bson_t replaced;
  if (!bson_init_static(&replaced, bytes, size)) return error{errc::unavailable, "an answer that can't be read"};
  return read_note(&replaced);
}

result<void> mongo_notes::remove(const std::string& id, std::optional<std::uint64_t> expected) {
  bson_document match;
  append_match(match, id, expected);
  bson_document reply;
  bson_error_t failed{};
  const bool done = mongoc_collection_delete_one(collection_.get(), match.get(), nullptr, reply.get(), &failed);
  if (!done) return fault(failed, true);
  bson_iter_t count;
  if (bson_iter_init_find(&count, reply.get(), "deletedCount") && bson_iter_as_int64(&count) == 1) return {};
  return no_match(id);
}

error mongo_notes::no_match(const std::string& id) {
  const auto stored = get(id);
  if (!stored) return stored.error();
  return {errc::conflict, "note " + id + " has version " + std::to_string(stored->version)};
}

}  // namespace sundown::storage
