#pragma once

#include <sundown/http_client/outbox.hpp>
#include <sundown/sqlite.hpp>
#include <sundown/uuid7.hpp>

#include "app/notes/note_event.hpp"
#include "app/notes/note_store.hpp"
#include "app/notes/sqlite_statements.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sundown::storage {

/// Notes in a SQLite file; durability, time limits and errors are sqlite::database's.
///
/// Order: ids are given in the order of commits, each greater than all that are stored, also after a restart with the
/// clock put back and beside another process. So a cursor never passes over a note that is stored later.
class sqlite_store : public note_store {
 public:
  /// With `tells` each write has its event in the outbox, in the same transaction.
  sqlite_store(const sqlite::options& given, blocking_pool& threads, bool tells = false)
      : tells_(tells),
        terms_{{"sqlite", given.path.filename().string()}, "INSERT", "SELECT", "UPDATE", "DELETE"},
        database_(given, notes_schema(), threads) {}

  http_client::outbox_store& outbox() noexcept { return outbox_; }
  boost::asio::awaitable<void> close() { return database_.close(); }
  std::string waiting_for() const { return database_.waiting_for(); }

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
    explicit outbox_of_notes(sqlite_store& store) : store_(store) {}
    using outbox_store::written;

   private:
    task<result<std::vector<http_client::outbox_turn>>> claim(http_client::outbox_claim how) override;
    task<result<void>> settle(std::vector<http_client::outbox_outcome> outcomes, std::string holder,
                              std::int64_t now_ms) override;
    task<result<http_client::outbox_backlog>> backlog() override;

    sqlite_store& store_;
  };

  result<note> told(sqlite_statements& notes, result<note> stored, const char* kind, const std::string& parent) const;
  /// What the event of a write says of its span.
  std::string origin(const call_context& asked) const { return tells_ ? traceparent_of(asked) : std::string(); }
  template <class T>
  task<result<T>> announced(task<result<T>> write);
  template <class Work>
  auto write(Work work);

  const bool tells_;
  const database_terms terms_;
  outbox_of_notes outbox_{*this};
  uuid7_generator ids_;
  sqlite::database<sqlite_statements> database_;  // the last member: its threads use what is above
};

}  // namespace sundown::storage
