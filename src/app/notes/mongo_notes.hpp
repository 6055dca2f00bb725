#pragma once

#include "app/notes/note_store.hpp"

#include <sundown/mongodb.hpp>
#include <sundown/mongodb/bson.hpp>

#include <mongoc/mongoc.h>

#include <cstddef>
#include <optional>
#include <string>

namespace sundown::storage {

/// The commands of the notes on one connection, for one call. They block. Each write is one command on one document,
/// which the server does whole or not at all; with `tells` it has the note's event in it (mongo_events.hpp), which
/// names the span `traceparent`. Thread safety: none.
class mongo_notes {
 public:
  explicit mongo_notes(mongodb::connection& lease, bool tells = false, std::string traceparent = {});

  /// Makes the collection and its indexes, where they are missing.
  result<void> make_indexes();

  /// "" without any.
  result<std::string> greatest_id();

  result<note> insert(const note& fresh);
  result<note> get(const std::string& id);
  /// In batches of the cursor that are about as large as the page.
  result<note_page> list(page_bounds most, const std::string& after);
  result<note> replace(const std::string& id, const note_draft& draft, const version_check& may, std::int64_t now_ms);
  result<void> remove(const std::string& id, const version_check& may);

 private:
  bool insert_once(const mongodb::document& document, bson_error_t& failed);
  /// Nothing if there is no note of that id, or not in that version.
  result<std::optional<note>> replace_once(const std::string& id, const note_draft& draft,
                                           std::optional<std::uint64_t> version, std::int64_t now_ms);
  result<bool> remove_once(const std::string& id, std::optional<std::uint64_t> version);
  result<bool> bury_once(const std::string& id, std::uint64_t version);
  /// The version that is stored now, which the check allows; nothing if there is no check.
  result<std::optional<std::uint64_t>> checked(const std::string& id, const version_check& may);
  template <class Write>
  auto compare_and_set(const std::string& id, const version_check& may, Write write);

  mongodb::connection& lease_;
  const bool tells_;
  const std::string traceparent_;
  mongodb::handle<mongoc_collection_t, mongoc_collection_destroy> collection_;
};

}  // namespace sundown::storage
