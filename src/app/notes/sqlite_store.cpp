#include "app/notes/sqlite_store.hpp"

#include <utility>

namespace sundown::storage {

/// With its event, if there are events: inside the write.
result<note> sqlite_store::told(sqlite_statements& notes, result<note> stored, const char* kind,
                                const std::string& parent) const {
  if (!stored || !tells_) return stored;
  if (auto added = notes.events().add(stored->id, {kind, stored->version, stored->updated_ms, parent}); !added)
    return added.error();
  return stored;
}

/// The outbox looks once the write is committed; until it does of itself, that takes a second.
template <class T>
task<result<T>> sqlite_store::announced(task<result<T>> write) {
  auto done = co_await std::move(write);
  if (done) outbox_.written();
  co_return done;
}

template <class Work>
auto sqlite_store::write(Work work) {
  auto done = database_.write(std::move(work));
  return tells_ ? announced(std::move(done)) : std::move(done);
}

task<result<note>> sqlite_store::do_create(note_draft draft, call_context asked) {
  // The id is made on the writer's thread, where the order of commits is decided, and kept if the write is run again.
  return write(
      [this, fresh = note{}, draft = std::move(draft), parent = origin(asked)](sqlite_statements& notes) mutable {
        if (fresh.id.empty()) {
          const auto greatest = notes.greatest_id();
          if (!greatest) return result<note>(greatest.error());
          ids_.start_after(*greatest);
          const auto now = since_epoch();
          fresh = {ids_.next(now), std::move(draft.title), std::move(draft.body), now.count(), now.count()};
        }
        return told(notes, notes.insert(fresh), "created", parent);
      });
}

task<result<note_page>> sqlite_store::do_list(page_bounds most, std::string after, call_context) {
  return database_.read([most, after = std::move(after)](sqlite_statements& notes) { return notes.list(most, after); });
}

task<result<note>> sqlite_store::do_get(std::string id, call_context) {
  return database_.read([id = std::move(id)](sqlite_statements& notes) { return notes.get(id); });
}

task<result<note>> sqlite_store::do_replace(std::string id, note_draft draft, version_check may, call_context asked) {
  return write([this, id = std::move(id), draft = std::move(draft), may = std::move(may),
                parent = origin(asked)](sqlite_statements& notes) {
    return told(notes, notes.replace(id, draft, may, since_epoch().count()), "replaced", parent);
  });
}

task<result<void>> sqlite_store::do_remove(std::string id, version_check may, call_context asked) {
  return write([this, id = std::move(id), may = std::move(may),
                parent = origin(asked)](sqlite_statements& notes) -> result<void> {
    const auto last = notes.remove(id, may);
    if (!last) return last.error();
    if (!tells_) return {};
    return notes.events().add(id, {"deleted", *last + 1, since_epoch().count(), parent});
  });
}

task<result<std::vector<http_client::outbox_turn>>> sqlite_store::outbox_of_notes::claim(
    http_client::outbox_claim how) {
  const auto now = how.now_ms;
  const auto due =
      co_await store_.database_.read([now](sqlite_statements& notes) { return notes.events().any_due(now); });
  if (!due) co_return due.error();
  if (!*due) co_return std::vector<http_client::outbox_turn>();
  auto claim = [how = std::move(how)](sqlite_statements& notes) { return notes.events().claim(how); };
  co_return co_await store_.database_.write(std::move(claim));
}

task<result<void>> sqlite_store::outbox_of_notes::settle(std::vector<http_client::outbox_outcome> outcomes,
                                                         std::string holder, std::int64_t now_ms) {
  auto settle = [outcomes = std::move(outcomes), holder = std::move(holder),
                 now_ms](sqlite_statements& notes) -> result<void> {
    for (const auto& each : outcomes)
      if (auto done = notes.events().settle(each, holder, now_ms); !done) return done;
    return {};
  };
  co_return co_await store_.database_.write(std::move(settle));
}

task<result<http_client::outbox_backlog>> sqlite_store::outbox_of_notes::backlog() {
  return store_.database_.read([](sqlite_statements& notes) { return notes.events().backlog(); });
}

}  // namespace sundown::storage
