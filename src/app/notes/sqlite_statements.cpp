#include "app/notes/sqlite_statements.hpp"

#include "app/notes/page_builder.hpp"

namespace sundown::storage {

namespace {

note read_note(const sqlite::cursor& row) {
  return {row.text(0),    row.text(1),    row.text(2),
          row.integer(3), row.integer(4), static_cast<std::uint64_t>(row.integer(5))};
}

std::string no_note(const std::string& id) { return "no note " + id; }

}  // namespace

const sqlite::schema& notes_schema() {
  static const sqlite::schema tables(
      sqlite::application_id("SUND"),
      {// The id is the key of the table's own tree, so that a page is one range read without a second look-up.
       "CREATE TABLE note (id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL,"
       " created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID",
       // The outbox: events, and for each note that has some when and by whom they are delivered next.
       "CREATE TABLE note_event (note TEXT NOT NULL, version INTEGER NOT NULL, what TEXT NOT NULL,"
       " at_ms INTEGER NOT NULL, PRIMARY KEY (note, version)) STRICT, WITHOUT ROWID;"
       "CREATE TABLE note_turn (note TEXT NOT NULL PRIMARY KEY, due_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL,"
       " failures INTEGER NOT NULL, holder TEXT NOT NULL) STRICT, WITHOUT ROWID;"
       "CREATE INDEX note_turn_due ON note_turn (due_ms)",
       // Of the span in which the event was written, for its delivery's; NULL of a write in no trace.
       "ALTER TABLE note_event ADD COLUMN traceparent TEXT"});
  return tables;
}

sqlite_statements::sqlite_statements(sqlite::connection& on)
    : database_(on),
      insert_(on,
              "INSERT INTO note (id, title, body, created_ms, updated_ms, version)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id"),
      get_(on, "SELECT id, title, body, created_ms, updated_ms, version FROM note WHERE id = ?1"),
      version_(on, "SELECT version FROM note WHERE id = ?1"),
      greatest_(on, "SELECT id FROM note ORDER BY id DESC LIMIT 1"),
      list_(on, "SELECT id, title, body, created_ms, updated_ms, version FROM note WHERE id > ?1 ORDER BY id"),
      replace_(on,
               "UPDATE note SET title = ?2, body = ?3, updated_ms = max(?4, updated_ms), version = version + 1"
               " WHERE id = ?1 RETURNING id, title, body, created_ms, updated_ms, version"),
      remove_(on, "DELETE FROM note WHERE id = ?1 RETURNING version"),
      events_(on) {}

result<note> sqlite_statements::insert(const note& fresh) {
  auto row = insert_.run({fresh.id, fresh.title, fresh.body, fresh.created_ms, fresh.updated_ms,
                          static_cast<std::int64_t>(fresh.version)});
  const auto stored = row.next();
  if (!stored) return stored.error();
  if (!*stored) return ignored();
  return fresh;
}

result<note> sqlite_statements::get(const std::string& id) {
  auto row = get_.run({id});
  if (auto found = row.require(no_note(id)); !found) return found.error();
  return read_note(row);
}

result<note_page> sqlite_statements::list(page_bounds most, const std::string& after) {
  page_builder page(most);
  auto row = list_.run({after});
  for (;;) {
    const auto found = row.next();
    if (!found) return found.error();
    if (!*found || !page.takes(row.size(1) + row.size(2))) return page.take();
    page.add(read_note(row));
  }
}

result<note> sqlite_statements::replace(const std::string& id, const note_draft& draft, const version_check& may,
                                        std::int64_t now_ms) {
  if (auto checked = check(id, may); !checked) return checked.error();
  auto row = replace_.run({id, draft.title, draft.body, now_ms});
  if (auto found = row.require(no_note(id)); !found) return found.error();
  return read_note(row);
}

result<std::uint64_t> sqlite_statements::remove(const std::string& id, const version_check& may) {
  if (auto checked = check(id, may); !checked) return checked.error();
  auto row = remove_.run({id});
  if (auto found = row.require(no_note(id)); !found) return found.error();
  return static_cast<std::uint64_t>(row.integer(0));
}

result<std::string> sqlite_statements::greatest_id() {
  auto row = greatest_.run();
  const auto found = row.next();
  if (!found) return found.error();
  return *found ? row.text(0) : std::string();
}

result<void> sqlite_statements::rehearse_reads() {
  if (const auto read = greatest_id(); !read) return read.error();
  if (const auto read = list(1, ""); !read) return read.error();
  return {};
}

result<void> sqlite_statements::rehearse_writes() {
  const note probe{"probe", "", "", 0, 0, 1};  // an id that no note has
  if (const auto done = insert(probe); !done) return done.error();
  const auto found = [this](const auto& done) -> result<void> {
    if (done) return {};
    return done.error().code == errc::not_found ? ignored() : done.error();
  };
  const auto any_version = [](std::uint64_t) { return true; };
  if (auto done = found(get(probe.id)); !done) return done;
  if (auto done = found(replace(probe.id, {"", ""}, any_version, 0)); !done) return done;
  return found(remove(probe.id, {}));
}

error sqlite_statements::ignored() const {
  return {errc::unavailable, "database " + database_.file().string() +
                                 " ignores what is written: a trigger does that, which is not ours; drop it"};
}

result<void> sqlite_statements::check(const std::string& id, const version_check& may) {
  if (!may) return {};
  auto row = version_.run({id});
  if (auto found = row.require(no_note(id)); !found) return found;
  const auto version = static_cast<std::uint64_t>(row.integer(0));
  if (may(version)) return {};
  return error{errc::conflict, "note " + id + " has version " + std::to_string(version)};
}

}  // namespace sundown::storage
