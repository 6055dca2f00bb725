#pragma once

#include "app/notes/note_event.hpp"

#include <sundown/http_client/outbox.hpp>
#include <sundown/mongodb.hpp>
#include <sundown/mongodb/bson.hpp>

#include <mongoc/mongoc.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sundown::storage {

/// The outbox in the documents of the notes, on one connection, for one call.
///
/// A server alone (no replica set) has no transactions over documents, but what changes one document it does whole. So
/// the events of a note are in its document, `events` by the text of note_event, and are written by the command that
/// changes the note; beside them are `due_ms` (when the next attempt may be, or the claim ends), `holder`, `since_ms`
/// and `failures`. A note that is deleted stays as a tombstone, `deleted: true` without its texts, until that event is
/// delivered. A document without events has none of these members.
/// Thread safety: none.
class mongo_events {
 public:
  explicit mongo_events(mongodb::connection& lease);

  result<void> make_indexes();

  result<std::vector<http_client::outbox_turn>> claim(const http_client::outbox_claim& how);
  result<void> settle(const std::vector<http_client::outbox_outcome>& outcomes, const std::string& holder,
                      std::int64_t now_ms);
  result<http_client::outbox_backlog> backlog();

 private:
  using turns = std::vector<http_client::outbox_turn>;

  class batch;

  result<std::vector<std::string>> due(const http_client::outbox_claim& how);
  result<turns> held(const http_client::outbox_claim& how, const std::vector<std::string>& ids);
  error fault(const bson_error_t& failed, mongodb::access kind) { return lease_.fault(failed, kind); }

  mongodb::connection& lease_;
  mongodb::handle<mongoc_collection_t, mongoc_collection_destroy> collection_;
};

/// For the document of a new note: its first event.
void append_first_event(mongodb::document& document, const note_event& what);

/// For a change of a note that has an event: what it adds to `$push`, `$max` and `$min`.
void append_event(mongodb::document& push, mongodb::document& max, mongodb::document& min, const note_event& what);

/// What is left of a deleted note.
bool is_tombstone(const mongodb::driver_document* from);
/// For a match: no tombstone.
void append_alive(mongodb::document& match);

}  // namespace sundown::storage
