#pragma once

#include <sundown/storage/note_store.hpp>

#include "storage/sqlite_database.hpp"

#include <cstddef>
#include <optional>
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
  result<note_page> list(std::size_t limit, const std::string& after);
  result<note> replace(const std::string& id, const note_draft& draft, std::optional<std::uint64_t> expected,
                       std::int64_t now_ms);
  /// The note as it was.
  result<note> remove(const std::string& id, std::optional<std::uint64_t> expected);

  sqlite_database& database() noexcept { return database_; }

 private:
  /// Why a compare-and-set has met no row.
  error no_match(const std::string& id);

  sqlite_database database_;
  sqlite_statement insert_, get_, list_, replace_, remove_;
};

}  // namespace sundown::storage
