#pragma once

#include "app/notes/note_store.hpp"

#include "storage/sqlite/database.hpp"

#include <cstdint>
#include <string>

namespace sundown::storage {

/// The SQL of the notes on one connection. Each write is one statement and leaves nothing behind when it fails.
/// Thread safety: none; one thread at a time.
class sqlite_notes {
 public:
  explicit sqlite_notes(sqlite_database database);
  sqlite_notes(const sqlite_notes&) = delete;
  sqlite_notes& operator=(const sqlite_notes&) = delete;

  result<note> insert(const note& fresh);
  result<note> get(const std::string& id);
  /// Row by row, never more of them than the page has.
  result<note_page> list(page_bounds most, const std::string& after);
  /// Call these two in a transaction, in which no other write comes between the check and the change.
  result<note> replace(const std::string& id, const note_draft& draft, const version_check& may, std::int64_t now_ms);
  /// The note as it was.
  result<note> remove(const std::string& id, const version_check& may);

  /// The greatest id there is, "" without any; fails as a read of the notes would.
  result<std::string> greatest_id();
  /// Does all that the others do with a note of its own, and takes it back; nothing while another process writes.
  result<void> rehearse();

  sqlite_database& database() noexcept { return database_; }

 private:
  result<void> check(const std::string& id, const version_check& may);
  result<void> rehearse_inside();
  error ignored() const;

  sqlite_database database_;
  sqlite_statement insert_, get_, version_, greatest_, list_, replace_, remove_;
};

}  // namespace sundown::storage
