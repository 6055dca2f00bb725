#pragma once

#include "app/notes/note_event.hpp"

#include <sundown/error.hpp>
#include <sundown/http_client/outbox.hpp>
#include <sundown/sqlite.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sundown::storage {

/// The SQL of the outbox on one connection: the events of a note by their versions, and for each note that has some the
/// turn, which one instance at a time takes. Call what writes in a transaction.
/// Thread safety: none; one thread at a time.
class sqlite_events {
 public:
  explicit sqlite_events(sqlite::connection& on);

  result<void> add(const std::string& note, const note_event& what);

  result<bool> any_due(std::int64_t now_ms);
  result<std::vector<http_client::outbox_turn>> claim(const http_client::outbox_claim& how);
  result<void> settle(const http_client::outbox_outcome& what, const std::string& holder, std::int64_t now_ms);
  result<http_client::outbox_backlog> backlog();

 private:
  result<std::vector<http_client::outbox_turn>> due(const http_client::outbox_claim& how);
  result<void> take(http_client::outbox_turn& into, const http_client::outbox_claim& how);

  sqlite::statement add_, add_turn_, due_, hold_, oldest_, forget_, end_turn_, next_turn_, backlog_;
};

}  // namespace sundown::storage
