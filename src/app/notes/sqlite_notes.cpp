#include "app/notes/sqlite_notes.hpp"

#include "app/notes/page_builder.hpp"

namespace sundown::storage {

namespace {

note read_note(const sqlite_statement::execution& row) {
  return {row.text(0),    row.text(1),    row.text(2),
          row.integer(3), row.integer(4), static_cast<std::uint64_t>(row.integer(5))};
}

error missing(const std::string& id) { return {errc::not_found, "no note " + id}; }

}  // namespace

sqlite_notes::sqlite_notes(sqlite_database database)
    : database_(std::move(database)),
      insert_(database_,
              "INSERT INTO note (id, title, body, created_ms, updated_ms, version)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id"),
      get_(database_, "SELECT id, title, body, created_ms, updated_ms, version FROM note WHERE id = ?1"),
      version_(database_, "SELECT version FROM note WHERE id = ?1"),
      greatest_(database_, "SELECT id FROM note ORDER BY id DESC LIMIT 1"),
      list_(database_, "SELECT id, title, body, created_ms, updated_ms, version FROM note WHERE id > ?1 ORDER BY id"),
      replace_(database_,
               "UPDATE note SET title = ?2, body = ?3, updated_ms = max(?4, updated_ms), version = version + 1"
               " WHERE id = ?1 RETURNING id, title, body, created_ms, updated_ms, version"),
      remove_(database_, "DELETE FROM note WHERE id = ?1 RETURNING id, title, body, created_ms, updated_ms, version") {}

result<note> sqlite_notes::insert(const note& fresh) {
  auto run = insert_.run({fresh.id, fresh.title, fresh.body, fresh.created_ms, fresh.updated_ms,
                          static_cast<std::int64_t>(fresh.version)});
  const auto stored = run.next();
  if (!stored) return stored.error();
  if (!*stored) return ignored();
  return fresh;
}

result<note> sqlite_notes::get(const std::string& id) {
  auto run = get_.run({id});
  const auto found = run.next();
  if (!found) return found.error();
  if (!*found) return missing(id);
  return read_note(run);
}

result<note_page> sqlite_notes::list(page_bounds most, const std::string& after) {
  page_builder page(most);
  auto run = list_.run({after});
  for (;;) {
    const auto found = run.next();
    if (!found) return found.error();
    if (!*found || !page.takes(run.size(1) + run.size(2))) return page.take();
    page.add(read_note(run));
  }
}

result<note> sqlite_notes::replace(const std::string& id, const note_draft& draft, const version_check& may,
                                   std::int64_t now_ms) {
  if (auto checked = check(id, may); !checked) return checked.error();
  auto run = replace_.run({id, draft.title, draft.body, now_ms});
  const auto found = run.next();
  if (!found) return found.error();
  if (!*found) return missing(id);
  return read_note(run);
}

result<note> sqlite_notes::remove(const std::string& id, const version_check& may) {
  if (auto checked = check(id, may); !checked) return checked.error();
  auto run = remove_.run({id});
  const auto found = run.next();
  if (!found) return found.error();
  if (!*found) return missing(id);
  return read_note(run);
}

result<std::string> sqlite_notes::greatest_id() {
  auto run = greatest_.run();
  const auto found = run.next();
  if (!found) return found.error();
  return *found ? run.text(0) : std::string();
}

result<void> sqlite_notes::rehearse() {
  if (database_.in_transaction()) return {};
  if (auto begun = database_.begin_at_once(); !begun) {
    if (begun.error().code == errc::timed_out) return {};
    return begun;
  }
  auto done = rehearse_inside();
  if (database_.in_transaction()) {
    if (auto undone = database_.execute("ROLLBACK"); done && !undone) return undone;
  }
  return done;
}

result<void> sqlite_notes::rehearse_inside() {
  const note probe{"probe", "", "", 0, 0, 1};  // an id that no note has
  if (const auto done = insert(probe); !done) return done.error();
  const auto known = [this](const result<note>& done) -> result<void> {
    if (done) return {};
    return done.error().code == errc::not_found ? ignored() : done.error();
  };
  if (auto done = known(get(probe.id)); !done) return done;
  if (auto done = known(replace(
          probe.id, {"", ""}, [](std::uint64_t) { return true; }, 0));
      !done)
    return done;
  return known(remove(probe.id, {}));
}

error sqlite_notes::ignored() const {
  return {errc::unavailable, "database " + database_.file().string() +
                                 " ignores what is written: a trigger does that, which is not ours; drop it"};
}

result<void> sqlite_notes::check(const std::string& id, const version_check& may) {
  if (!may) return {};
  auto run = version_.run({id});
  const auto found = run.next();
  if (!found) return found.error();
  if (!*found) return missing(id);
  const auto version = static_cast<std::uint64_t>(run.integer(0));
  if (may(version)) return {};
  return error{errc::conflict, "note " + id + " has version " + std::to_string(version)};
}

}  // namespace sundown::storage
