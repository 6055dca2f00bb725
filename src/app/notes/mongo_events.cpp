#include "app/notes/mongo_events.hpp"

#include "app/notes/mongo_bson.hpp"

#include <compare>
#include <map>
#include <utility>

namespace sundown::storage {

namespace {

using http_client::outbox_outcome;
using http_client::outbox_turn;
using mongodb::access;
using mongodb::document;

using cursor_handle = mongodb::handle<mongoc_cursor_t, mongoc_cursor_destroy>;

/// {"0": texts[0], "1": texts[1], ...}: an array, once it is appended as one.
void append_all(document& array, const std::vector<std::string>& texts) {
  for (std::size_t i = 0; i < texts.size(); ++i) array.text(std::to_string(i), texts[i]);
}

void append_any(document& match, const std::vector<std::string>& ids) {
  document array, any;
  append_all(array, ids);
  match.child("_id", any.array("$in", array));
}

/// What subjects with the same next turn have in common.
struct next_turn {
  std::int64_t due_ms;
  std::uint64_t failures;
  bool progress;
  auto operator<=>(const next_turn&) const = default;
};

/// The oldest events of a document; what is none of ours is passed over, and stays.
std::vector<http_client::outbox_event> read_events(const bson_t* from, const std::string& note, std::size_t most) {
  std::vector<http_client::outbox_event> events;
  bson_iter_t at, each;
  if (!bson_iter_init_find(&at, from, "events") || !BSON_ITER_HOLDS_ARRAY(&at) || !bson_iter_recurse(&at, &each))
    return events;
  while (events.size() < most && bson_iter_next(&each)) {
    if (!BSON_ITER_HOLDS_UTF8(&each)) continue;
    std::uint32_t size = 0;
    const char* const text = bson_iter_utf8(&each, &size);
    std::string key(text, size);
    if (const auto what = event_from_text(key)) events.push_back(to_outbox(note, *what, std::move(key)));
  }
  return events;
}

}  // namespace

mongo_events::mongo_events(mongodb::connection& lease)
    : lease_(lease), collection_(mongoc_client_get_collection(lease.client(), lease.database().c_str(), "notes")) {}

result<void> mongo_events::make_indexes() {
  document key, index, all, command;
  index.child("key", key.integer("due_ms", 1)).text("name", "due_ms").flag("sparse", true);
  command.text("createIndexes", "notes").array("indexes", all.child("0", index));
  bson_error_t failed{};
  if (mongoc_collection_write_command_with_opts(collection_.get(), command.get(), nullptr, nullptr, &failed)) return {};
  return fault(failed, access::read);
}

/// Changes in this order: as few commands as there are kinds of them one after the other.
class mongo_events::batch {
 public:
  explicit batch(mongoc_collection_t* collection)
      : bulk_(mongoc_collection_create_bulk_operation_with_opts(collection, nullptr)) {}

  void update_one(const document& match, const document& change) {
    add(mongoc_bulk_operation_update_one_with_opts(bulk_.get(), match.get(), change.get(), nullptr, &failed_));
  }
  void update_all(const document& match, const document& change) {
    add(mongoc_bulk_operation_update_many_with_opts(bulk_.get(), match.get(), change.get(), nullptr, &failed_));
  }
  void remove_all(const document& match) {
    add(mongoc_bulk_operation_remove_many_with_opts(bulk_.get(), match.get(), nullptr, &failed_));
  }
  result<void> run(mongo_events& on) {
    if (good_ && (empty_ || mongoc_bulk_operation_execute(bulk_.get(), nullptr, &failed_) != 0)) return {};
    return on.fault(failed_, access::write);
  }

 private:
  void add(bool done) {
    empty_ = false;
    good_ = good_ && done;
  }

  mongodb::handle<mongoc_bulk_operation_t, mongoc_bulk_operation_destroy> bulk_;
  bson_error_t failed_{};
  bool empty_ = true, good_ = true;
};

result<std::vector<outbox_turn>> mongo_events::claim(const http_client::outbox_claim& how) {
  const auto found = due(how);
  if (!found) return found.error();
  if (found->empty()) return turns();
  document match, over, claimed, change;
  append_any(match, *found);
  match.child("due_ms", over.integer("$lte", how.now_ms));
  change.child("$set", claimed.integer("due_ms", how.until_ms).text("holder", how.holder));
  batch claims(collection_.get());
  claims.update_all(match, change);
  if (auto done = claims.run(*this); !done) return done.error();
  return held(how, *found);
}

result<std::vector<std::string>> mongo_events::due(const http_client::outbox_claim& how) {
  document match, over, order, fields, options;
  match.child("due_ms", over.integer("$lte", how.now_ms));
  options.child("sort", order.integer("due_ms", 1))
      .child("projection", fields.integer("_id", 1))
      .integer("limit", static_cast<std::int64_t>(how.subjects))
      .integer("maxTimeMS", lease_.remaining().count());
  const cursor_handle found(mongoc_collection_find_with_opts(collection_.get(), match.get(), options.get(), nullptr));
  std::vector<std::string> ids;
  const bson_t* read = nullptr;
  while (mongoc_cursor_next(found.get(), &read)) ids.push_back(read_id(read));
  bson_error_t failed{};
  if (mongoc_cursor_error(found.get(), &failed)) return fault(failed, access::read);
  return ids;
}

result<std::vector<outbox_turn>> mongo_events::held(const http_client::outbox_claim& how,
                                                    const std::vector<std::string>& ids) {
  document match, fields, options;
  append_any(match, ids);
  match.text("holder", how.holder);
  options.child("projection", fields.integer("events", 1).integer("failures", 1))
      .integer("maxTimeMS", lease_.remaining().count());
  const cursor_handle found(mongoc_collection_find_with_opts(collection_.get(), match.get(), options.get(), nullptr));
  turns all;
  const bson_t* read = nullptr;
  while (mongoc_cursor_next(found.get(), &read)) {
    auto note = read_id(read);
    auto events = read_events(read, note, how.events);
    const auto failures = mongodb::find_integer(read, "failures").value_or(0);
    all.emplace_back(std::move(note), std::move(events), static_cast<std::uint64_t>(failures));
  }
  bson_error_t failed{};
  if (mongoc_cursor_error(found.get(), &failed)) return fault(failed, access::read);
  return all;
}

result<void> mongo_events::settle(const std::vector<outbox_outcome>& outcomes, const std::string& holder,
                                  std::int64_t now_ms) {
  batch changes(collection_.get());
  std::vector<std::string> all;
  std::map<next_turn, std::vector<std::string>> next;
  for (const auto& each : outcomes) {
    const auto failures = (each.delivered > 0 ? 0 : each.turn.failures) + (each.failed ? 1 : 0);
    next[{now_ms + each.pause.count(), failures, each.delivered > 0}].push_back(each.turn.subject);
    all.push_back(each.turn.subject);
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < each.delivered; ++i) keys.push_back(each.turn.events[i].key);
    document match, array, gone, change;
    append_all(array, keys);
    match.text("_id", each.turn.subject);
    if (!keys.empty()) changes.update_one(match, change.child("$pullAll", gone.array("events", array)));
  }
  // What has no event left: a tombstone ends, another note is as if it had never had one.
  document emptied, tombstones, none, nothing, unset;
  none.integer("$size", 0);
  append_any(tombstones, all);
  changes.remove_all(tombstones.child("events", none).flag("deleted", true));
  for (const char* member : {"events", "due_ms", "since_ms", "failures", "holder"}) nothing.text(member, "");
  append_any(emptied, all);
  changes.update_all(emptied.child("events", none), unset.child("$unset", nothing));
  for (const auto& [turn, ids] : next) {
    document match, set, nobody, change;
    append_any(match, ids);
    set.integer("due_ms", turn.due_ms).integer("failures", static_cast<std::int64_t>(turn.failures));
    if (turn.progress) set.integer("since_ms", now_ms);
    changes.update_all(match.text("holder", holder),
                       change.child("$set", set).child("$unset", nobody.text("holder", "")));
  }
  return changes.run(*this);
}

result<http_client::outbox_backlog> mongo_events::backlog() {
  document waiting, some, count, reply;
  waiting.child("due_ms", some.integer("$gt", 0));
  count.text("count", "notes").child("query", waiting);
  bson_error_t failed{};
  if (!mongoc_collection_read_command_with_opts(collection_.get(), count.get(), nullptr, nullptr, reply.get(), &failed))
    return fault(failed, access::read);
  http_client::outbox_backlog found;
  bson_iter_t n;
  if (bson_iter_init_find(&n, reply.get(), "n")) found.subjects = static_cast<std::uint64_t>(bson_iter_as_int64(&n));
  if (found.subjects == 0) return found;
  document order, fields, options;
  options.child("sort", order.integer("since_ms", 1))
      .child("projection", fields.integer("since_ms", 1))
      .integer("limit", 1)
      .flag("singleBatch", true)
      .integer("maxTimeMS", lease_.remaining().count());
  const cursor_handle oldest(
      mongoc_collection_find_with_opts(collection_.get(), waiting.get(), options.get(), nullptr));
  const bson_t* read = nullptr;
  if (mongoc_cursor_next(oldest.get(), &read)) found.oldest_ms = mongodb::find_integer(read, "since_ms").value_or(0);
  if (mongoc_cursor_error(oldest.get(), &failed)) return fault(failed, access::read);
  return found;
}

void append_first_event(document& into, const note_event& what) {
  document events;
  into.array("events", events.text("0", to_text(what))).integer("due_ms", what.at_ms).integer("since_ms", what.at_ms);
}

void append_event(document& push, document& max, document& min, const note_event& what) {
  push.text("events", to_text(what));
  max.integer("due_ms", what.at_ms);  // a claim or a pause that goes on is not shortened
  min.integer("since_ms", what.at_ms);
}

bool is_tombstone(const mongodb::driver_document* from) {
  bson_iter_t at;
  return bson_iter_init_find(&at, from, "deleted");
}

void append_alive(document& match) {
  document nothing;
  match.child("deleted", nothing.flag("$exists", false));
}

}  // namespace sundown::storage
