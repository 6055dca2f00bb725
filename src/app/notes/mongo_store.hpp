#pragma once

#include "app/notes/note_event.hpp"
#include "app/notes/note_store.hpp"

#include <sundown/http_client/outbox.hpp>
#include <sundown/mongodb.hpp>
#include <sundown/uuid7.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sundown::storage {

/// Notes in the collection "notes" of a MongoDB database, one document each.
///
/// Durability: a write that succeeds was confirmed by a majority of the replica set, unless the URI's `w` says
/// otherwise. One that answers `timed_out`, `canceled` or `unavailable` was not done, unless its detail says that the
/// outcome is unknown: then no answer came, and it may still be done. Order: each process gives ids in ascending order,
/// greater than all that were stored when it connected, before it writes. So a note whose write takes longer can be
/// stored behind a cursor that has passed it already, by as much as an operation may take and clocks differ; what is
/// stored is in every list that begins later. SQLite promises more. Errors: not_found, conflict, invalid (over 16 MiB),
/// busy, timed_out, unavailable, canceled. Lifetime: holds a reference to the client, whose preparation it brings, and
/// to the generator of ids.
class mongo_store : public note_store {
 public:
  /// `ids` must outlive the store. With `tells` each write has its event in the outbox, in the same command.
  mongo_store(mongodb::client& client, uuid7_generator& ids, bool tells = false)
      : client_(client),
        ids_(ids),
        tells_(tells),
        terms_{client.traced_as(), "insert", "find", "findAndModify", "delete"} {}

  /// For the client: makes the indexes, and lets ids begin after the greatest that is stored.
  static result<void> prepare(mongodb::connection& lease, uuid7_generator& ids, bool tells = false);

  http_client::outbox_store& outbox() noexcept { return outbox_; }

 private:
  task<result<note>> do_create(note_draft draft, call_context asked) override;
  task<result<note_page>> do_list(page_bounds most, std::string after, call_context asked) override;
  task<result<note>> do_get(std::string id, call_context asked) override;
  task<result<note>> do_replace(std::string id, note_draft draft, version_check may, call_context asked) override;
  task<result<void>> do_remove(std::string id, version_check may, call_context asked) override;
  const database_terms* terms() const noexcept override { return &terms_; }

  /// The events as the outbox asks for them.
  class outbox_of_notes : public http_client::outbox_store {
   public:
    explicit outbox_of_notes(mongodb::client& client) : client_(client) {}
    using outbox_store::written;

   private:
    task<result<std::vector<http_client::outbox_turn>>> claim(http_client::outbox_claim how) override;
    task<result<void>> settle(std::vector<http_client::outbox_outcome> outcomes, std::string holder,
                              std::int64_t now_ms) override;
    task<result<http_client::outbox_backlog>> backlog() override;

    mongodb::client& client_;
  };

  /// What the event of a write says of its span.
  std::string origin(const call_context& asked) const { return tells_ ? traceparent_of(asked) : std::string(); }
  template <class T>
  task<result<T>> announced(task<result<T>> write);
  /// Runs work(mongo_notes&), a write.
  template <class Work>
  auto write(Work work, call_context asked);

  mongodb::client& client_;
  uuid7_generator& ids_;
  const bool tells_;
  const database_terms terms_;
  outbox_of_notes outbox_{client_};
};

}  // namespace sundown::storage
