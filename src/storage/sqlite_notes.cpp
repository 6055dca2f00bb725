#include "storage/sqlite_notes.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sundown::storage {

namespace {

note read_note(const sqlite_statement::execution& row) {
  return {row.text(0),    row.text(1),    row.text(2),
          row.integer(3), row.integer(4), static_cast<std::uint64_t>(row.integer(5))};
}

constexpr auto largest = std::numeric_limits<std::int64_t>::max();  // of SQLite's integers

// Versions start at 1: -1 stands for "any", and 0 for one that no note can have.
std::int64_t version_or_any(std::optional<std::uint64_t> expected) {
  if (!expected) return -1;
  return std::in_range<std::int64_t>(*expected) ? static_cast<std::int64_t>(*expected) : 0;
}

}  // namespace

sqlite_notes::sqlite_notes(sqlite_database database)
    : database_(std::move(database)),
      insert_(database_,
              "INSERT INTO note (id, title, body, created_ms, updated_ms, version)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
      get_(database_, "SELECT id, title, body, created_ms, updated_ms, version FROM note WHERE id = ?1"),
      list_(database_,
            "SELECT id, title, body, created_ms, updated_ms, version FROM note"
            " WHERE id > ?1 ORDER BY id LIMIT ?2"),
      replace_(database_,
               "UPDATE note SET title = ?2, body = ?3, updated_ms = max(?4, updated_ms),"
               " version = version + 1 WHERE id = ?1 AND (?5 = -1 OR version = ?5)"
               " RETURNING id, title, body, created_ms, updated_ms, version"),
      remove_(database_,
              "DELETE FROM note WHERE id = ?1 AND (?2 = -1 OR version = ?2)"
              " RETURNING id, title, body, created_ms, updated_ms, version") {}

result<note> sqlite_notes::insert(const note& fresh) {
  auto run = insert_.run({fresh.id, fresh.title, fresh.body, fresh.created_ms, fresh.updated_ms,
                          static_cast<std::int64_t>(fresh.version)});
  if (auto done = run.next(); !done) return done.error();
  return fresh;
}

result<note> sqlite_notes::get(const std::string& id) {
  auto run = get_.run({id});
  const auto found = run.next();
  if (!found) return found.error();
  if (!*found) return error{errc::not_found, "no note " + id};
  return read_note(run);
}

result<note_page> sqlite_notes::list(std::size_t limit, const std::string& after) {
  note_page page;
  const auto wanted = std::in_range<std::int64_t>(limit) ? static_cast<std::int64_t>(limit) : largest;
  auto run = list_.run({after, std::min(wanted, largest - 1) + 1});  // one further row tells whether more follow
  for (;;) {
    const auto found = run.next();
    if (!found) return found.error();
    if (!*found) return page;
    if (page.notes.size() == limit) {
      page.more = true;
      return page;
    }
    page.notes.push_back(read_note(run));
  }
}

result<note> sqlite_notes::replace(const std::string& id, const note_draft& draft,
                                   std::optional<std::uint64_t> expected, std::int64_t now_ms) {
  auto run = replace_.run({id, draft.title, draft.body, now_ms, version_or_any(expected)});
  const auto found = run.next();
  if (!found) return found.error();
  if (!*found) return no_match(id);
  return read_note(run);
}

result<note> sqlite_notes::remove(const std::string& id, std::optional<std::uint64_t> expected) {
  auto run = remove_.run({id, version_or_any(expected)});
  const auto found = run.next();
  if (!found) return found.error();
  if (!*found) return no_match(id);
  return read_note(run);
}

error sqlite_notes::no_match(const std::string& id) {
  const auto stored = get(id);
  if (!stored) return stored.error();
  return {errc::conflict, "note " + id + " has version " + std::to_string(stored->version)};
}

}  // namespace sundown::storage
