#include "app/notes/mongo_note_store.hpp"

#include "app/notes/mongo_notes.hpp"

#include <chrono>

namespace sundown::storage {

namespace {

std::chrono::milliseconds since_epoch() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

result<void> mongo_note_store::prepare(mongo_connection& with, uuid7_generator& ids) {
  mongo_notes notes(with);
  if (auto made = notes.make_indexes(); !made) return made;
  const auto greatest = notes.greatest_id();
  if (!greatest) return greatest.error();
  ids.start_after(*greatest);
  return {};
}

task<result<note>> mongo_note_store::create(note_draft draft) {
  const auto now = since_epoch();
  note fresh{ids_.next(now), std::move(draft.title), std::move(draft.body), now.count(), now.count()};
  return client_.run([fresh = std::move(fresh)](mongo_connection& with) { return mongo_notes(with).insert(fresh); });
}

task<result<note_page>> mongo_note_store::list(page_bounds most, std::string after) {
  return client_.run(
      [most, after = std::move(after)](mongo_connection& with) { return mongo_notes(with).list(most, after); });
}

task<result<note>> mongo_note_store::get(std::string id) {
  return client_.run([id = std::move(id)](mongo_connection& with) { return mongo_notes(with).get(id); });
}

task<result<note>> mongo_note_store::replace(std::string id, note_draft draft, version_check may) {
  return client_.run([id = std::move(id), draft = std::move(draft), may = std::move(may)](mongo_connection& with) {
    return mongo_notes(with).replace(id, draft, may, since_epoch().count());
  });
}

task<result<void>> mongo_note_store::remove(std::string id, version_check may) {
  return client_.run(
      [id = std::move(id), may = std::move(may)](mongo_connection& with) { return mongo_notes(with).remove(id, may); });
}

}  // namespace sundown::storage
