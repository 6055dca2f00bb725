#pragma once

#include <sundown/sqlite.hpp>

#include "app/notes/note_store.hpp"
#include "app/notes/sqlite_events.hpp"

#include <cstdint>
#include <string>

namespace sundown::storage {

const sqlite::schema& notes_schema();

/// The SQL of the notes on one connection, with that of their outbox. Each write of a note is one statement and leaves
/// nothing behind when it fails.
/// Thread safety: none; one thread at a time.
class sqlite_statements {
 public:
  explicit sqlite_statements(sqlite::connection& on);

  result<note> insert(const note& fresh);
  result<note> get(const std::string& id);
  /// Row by row, never more of them than the page has.
  result<note_page> list(page_bounds most, const std::string& after);
  /// Call these two in a transaction, in which no other write comes between the check and the change.
  result<note> replace(const std::string& id, const note_draft& draft, const version_check& may, std::int64_t now_ms);
  /// Returns the version that it had.
  result<std::uint64_t> remove(const std::string& id, const version_check& may);
  /// The greatest id there is, "" without any; fails as a read of the notes would.
  result<std::string> greatest_id();

  sqlite_events& events() noexcept { return events_; }

  /// All that the others do, the writes with a note of their own that is taken back.
  result<void> rehearse_reads();
  result<void> rehearse_writes();

 private:
  result<void> check(const std::string& id, const version_check& may);
  error ignored() const;

  sqlite::connection& database_;
  sqlite::statement insert_, get_, version_, greatest_, list_, replace_, remove_;
  sqlite_events events_;
};

}  // namespace sundown::storage
