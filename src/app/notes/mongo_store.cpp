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

task<result<note>> mongo_store::do_create(note_draft draft, time_point until) {
  const auto now = since_epoch();
  note fresh{ids_.next(now), std::move(draft.title), std::move(draft.body), now.count(), now.count()};
  return client_.call(
      [fresh = std::move(fresh)](mongodb::connection& lease) { return mongo_notes(lease).insert(fresh); }, until);
}

task<result<note_page>> mongo_store::do_list(page_bounds most, std::string after, time_point until) {
  return client_.call(
      [most, after = std::move(after)](mongodb::connection& lease) { return mongo_notes(lease).list(most, after); },
      until);
}

task<result<note>> mongo_store::do_get(std::string id, time_point until) {
  return client_.call([id = std::move(id)](mongodb::connection& lease) { return mongo_notes(lease).get(id); }, until);
}

task<result<note>> mongo_store::do_replace(std::string id, note_draft draft, version_check may, time_point until) {
  return client_.call(
      [id = std::move(id), draft = std::move(draft), may = std::move(may)](mongodb::connection& lease) {
        return mongo_notes(lease).replace(id, draft, may, since_epoch().count());
      },
      until);
}

task<result<void>> mongo_store::do_remove(std::string id, version_check may, time_point until) {
  return client_.call([id = std::move(id),
                       may = std::move(may)](mongodb::connection& lease) { return mongo_notes(lease).remove(id, may); },
                      until);
}

}  // namespace sundown::storage
