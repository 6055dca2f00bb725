#include "app/notes/mongo_store.hpp"

#include "app/notes/mongo_events.hpp"
#include "app/notes/mongo_notes.hpp"

#include <utility>

namespace sundown::storage {

result<void> mongo_store::prepare(mongodb::connection& lease, uuid7_generator& ids, bool tells) {
  mongo_notes notes(lease);
  if (auto made = notes.make_indexes(); !made) return made;
  if (tells)
    if (auto made = mongo_events(lease).make_indexes(); !made) return made;
  const auto greatest = notes.greatest_id();
  if (!greatest) return greatest.error();
  ids.start_after(*greatest);
  return {};
}

/// The outbox looks once the write is done; until it does of itself, that takes a second.
template <class T>
task<result<T>> mongo_store::announced(task<result<T>> write) {
  auto done = co_await std::move(write);
  if (done) outbox_.written();
  co_return done;
}

template <class Work>
auto mongo_store::write(Work work, call_context asked) {
  auto call = [work = std::move(work), tells = tells_, parent = origin(asked)](mongodb::connection& lease) {
    mongo_notes notes(lease, tells, parent);
    return work(notes);
  };
  auto done = client_.call(std::move(call), asked.until());
  return tells_ ? announced(std::move(done)) : std::move(done);
}

task<result<note>> mongo_store::do_create(note_draft draft, call_context asked) {
  const auto now = since_epoch();
  note fresh{ids_.next(now), std::move(draft.title), std::move(draft.body), now.count(), now.count()};
  return write([fresh = std::move(fresh)](mongo_notes& notes) { return notes.insert(fresh); }, asked);
}

task<result<note_page>> mongo_store::do_list(page_bounds most, std::string after, call_context asked) {
  return client_.call(
      [most, after = std::move(after)](mongodb::connection& lease) { return mongo_notes(lease).list(most, after); },
      asked.until());
}

task<result<note>> mongo_store::do_get(std::string id, call_context asked) {
  return client_.call([id = std::move(id)](mongodb::connection& lease) { return mongo_notes(lease).get(id); },
                      asked.until());
}

task<result<note>> mongo_store::do_replace(std::string id, note_draft draft, version_check may, call_context asked) {
  return write([id = std::move(id), draft = std::move(draft), may = std::move(may)](
                   mongo_notes& notes) { return notes.replace(id, draft, may, since_epoch().count()); },
               asked);
}

task<result<void>> mongo_store::do_remove(std::string id, version_check may, call_context asked) {
  return write([id = std::move(id), may = std::move(may)](mongo_notes& notes) { return notes.remove(id, may); }, asked);
}

task<result<std::vector<http_client::outbox_turn>>> mongo_store::outbox_of_notes::claim(http_client::outbox_claim how) {
  return client_.call([how = std::move(how)](mongodb::connection& lease) { return mongo_events(lease).claim(how); });
}

task<result<void>> mongo_store::outbox_of_notes::settle(std::vector<http_client::outbox_outcome> outcomes,
                                                        std::string holder, std::int64_t now_ms) {
  return client_.call([outcomes = std::move(outcomes), holder = std::move(holder), now_ms](mongodb::connection& lease) {
    return mongo_events(lease).settle(outcomes, holder, now_ms);
  });
}

task<result<http_client::outbox_backlog>> mongo_store::outbox_of_notes::backlog() {
  return client_.call([](mongodb::connection& lease) { return mongo_events(lease).backlog(); });
}

}  // namespace sundown::storage
