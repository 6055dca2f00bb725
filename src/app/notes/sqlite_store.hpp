#pragma once

#include <sundown/sqlite.hpp>
#include <sundown/uuid7.hpp>

#include "app/notes/note_store.hpp"
#include "app/notes/sqlite_statements.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace sundown::storage {

/// Notes in a SQLite file; durability, time limits and errors are sqlite::database's.
///
/// Order: ids are given in the order of commits, each greater than all that are stored, also after a restart with the
/// clock put back and beside another process. So a cursor never passes over a note that is stored later.
class sqlite_store : public note_store {
 public:
  sqlite_store(const sqlite::options& given, blocking_pool& threads) : database_(given, notes_schema(), threads) {}

  boost::asio::awaitable<void> close() { return database_.close(); }
  std::string waiting_for() const { return database_.waiting_for(); }

 private:
  task<result<note>> do_create(note_draft draft, time_point until) override;
  task<result<note_page>> do_list(page_bounds most, std::string after, time_point until) override;
  task<result<note>> do_get(std::string id, time_point until) override;
  task<result<note>> do_replace(std::string id, note_draft draft, version_check may, time_point until) override;
  task<result<void>> do_remove(std::string id, version_check may, time_point until) override;

  uuid7_generator ids_;
  sqlite::database<sqlite_statements> database_;  // the last member: its threads use what is above
};

}  // namespace sundown::storage
