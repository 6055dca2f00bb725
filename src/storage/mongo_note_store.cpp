#include "storage/mongo_note_store.hpp"

#include "storage/mongo_notes.hpp"

#include <chrono>

namespace sundown::storage {

namespace {

std::chrono::milliseconds since_epoch() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

result<void> mongo_note_store::prepare(mongo_connection& with) { return mongo_notes(with).make_indexes(); }

task<result<note>> mongo_note_store::create(note_draft draft) {
  const auto now = since_epoch();
  note fresh{ids_.next(now), std::move(draft.title), std::move(draft.body), now.count(), now.count()};
  return client_.run([fresh = std::move(fresh)](mongo_connection& with) { return mongo_notes(with).insert(fresh); });
}

task<result<note_page>> mongo_note_store::list(std::size_t limit, std::string after) {
  return client_.run(
      [limit, after = std::move(after)](mongo_connection& with) { return mongo_notes(with).list(limit, after); });
}

task<result<note>> mongo_note_store::get(std::string id) {
  return client_.run([id = std::move(id)](mongo_connection& with) { return mongo_notes(with).get(id); });
}

task<result<note>> mongo_note_store::replace(std::string id, note_draft draft, std::optional<std::uint64_t> expected) {
  return client_.run([id = std::move(id), draft = std::move(draft), expected](mongo_connection& with) {
    return mongo_notes(with).replace(id, draft, expected, since_epoch().count());
  });
}

task<result<void>> mongo_note_store::remove(std::string id, std::optional<std::uint64_t> expected) {
  return client_.run(
      [id = std::move(id), expected](mongo_connection& with) { return mongo_notes(with).remove(id, expected); });
}

}  // namespace sundown::storage
