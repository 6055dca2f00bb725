#include "app/notes/sqlite_store.hpp"

#include <utility>

namespace sundown::storage {

task<result<note>> sqlite_store::do_create(note_draft draft, time_point) {
  // The id is made on the writer's thread, where the order of commits is decided, and kept if the write is run again.
  return database_.write([this, fresh = note{}, draft = std::move(draft)](sqlite_statements& notes) mutable {
    if (fresh.id.empty()) {
      const auto greatest = notes.greatest_id();
      if (!greatest) return result<note>(greatest.error());
      ids_.start_after(*greatest);
      const auto now = since_epoch();
      fresh = {ids_.next(now), std::move(draft.title), std::move(draft.body), now.count(), now.count()};
    }
    return notes.insert(fresh);
  });
}

task<result<note_page>> sqlite_store::do_list(page_bounds most, std::string after, time_point) {
  return database_.read([most, after = std::move(after)](sqlite_statements& notes) { return notes.list(most, after); });
}

task<result<note>> sqlite_store::do_get(std::string id, time_point) {
  return database_.read([id = std::move(id)](sqlite_statements& notes) { return notes.get(id); });
}

task<result<note>> sqlite_store::do_replace(std::string id, note_draft draft, version_check may, time_point) {
  return database_.write(
      [id = std::move(id), draft = std::move(draft), may = std::move(may)](sqlite_statements& notes) {
        return notes.replace(id, draft, may, since_epoch().count());
      });
}

task<result<void>> sqlite_store::do_remove(std::string id, version_check may, time_point) {
  return database_.write(
      [id = std::move(id), may = std::move(may)](sqlite_statements& notes) { return notes.remove(id, may); });
}

}  // namespace sundown::storage
