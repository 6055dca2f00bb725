#pragma once

#include "app/notes/note_store.hpp"

#include <sundown/mongodb.hpp>
#include <sundown/uuid7.hpp>

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
  /// `ids` must outlive the store.
  mongo_store(mongodb::client& client, uuid7_generator& ids) : client_(client), ids_(ids) {}

  /// For the client: makes the indexes, and lets ids begin after the greatest that is stored.
  static result<void> prepare(mongodb::connection& lease, uuid7_generator& ids);

 private:
  task<result<note>> do_create(note_draft draft, time_point until) override;
  task<result<note_page>> do_list(page_bounds most, std::string after, time_point until) override;
  task<result<note>> do_get(std::string id, time_point until) override;
  task<result<note>> do_replace(std::string id, note_draft draft, version_check may, time_point until) override;
  task<result<void>> do_remove(std::string id, version_check may, time_point until) override;

  mongodb::client& client_;
  uuid7_generator& ids_;
};

}  // namespace sundown::storage
