#include "app/notes/mongo_store.hpp"

#include "app/notes/mongo_notes.hpp"

namespace sundown::storage {

result<void> mongo_store::prepare(mongodb::connection& lease, uuid7_generator& ids) {
  mongo_notes notes(lease);
  if (auto made = notes.make_indexes(); !made) return made;
  const auto greatest = notes.greatest_id();
  if (!greatest) return greatest.error();
  ids.start_after(*greatest);
  return {};
}

task<result<note>> mongo_store::create(note_draft draft) {
  const auto now = since_epoch();
  note fresh{ids_.next(now), std::move(draft.title), std::move(draft.body), now.count(), now.count()};
  return client_.call(
      [fresh = std::move(fresh)](mongodb::connection& lease) { return mongo_notes(lease).insert(fresh); });
}

task<result<note_page>> mongo_store::list(page_bounds most, std::string after) {
  return client_.call(
      [most, after = std::move(after)](mongodb::connection& lease) { return mongo_notes(lease).list(most, after); });
}

task<result<note>> mongo_store::get(std::string id) {
  return client_.call([id = std::move(id)](mongodb::connection& lease) { return mongo_notes(lease).get(id); });
}

task<result<note>> mongo_store::replace(std::string id, note_draft draft, version_check may) {
  return client_.call([id = std::move(id), draft = std::move(draft), may = std::move(may)](mongodb::connection& lease) {
    return mongo_notes(lease).replace(id, draft, may, since_epoch().count());
  });
}

task<result<void>> mongo_store::remove(std::string id, version_check may) {
  return client_.call([id = std::move(id), may = std::move(may)](mongodb::connection& lease) {
    return mongo_notes(lease).remove(id, may);
  });
}

}  // namespace sundown::storage
