#pragma once

#include <sundown/error.hpp>

#include "app/notes/sqlite_notes.hpp"
#include "storage/sqlite/guard.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <string>

namespace sundown::storage {

enum class sqlite_health {
  well,
  at_risk,  ///< it works, but the next start would fail
  down,
};
/// Called with the database's health and what is wrong, when that changes.
using sqlite_listener = std::function<void(sqlite_health, const std::string& why)>;

/// Looks after an open database: whether it is in its place, takes what requests ask of it and, once a write has
/// failed, can be written again.
/// A database that is locked by another process is none of its business: that is an answer to whom it concerns.
/// Thread safety: look() on the writer's thread, with no transaction under way; the others on any.
class sqlite_watch {
 public:
  sqlite_watch(sqlite_guard& guard, sqlite_listener listener) : guard_(guard), listener_(std::move(listener)) {}

  /// Looks, and tells the listener what has changed. Once the database is lost to later processes, what is still in the
  /// log goes into its file, as long as there is one: what was acknowledged is not to depend on the log's name.
  void look(sqlite_notes& writer);
  /// A write has failed for the disk's sake: from now on each look tries one, until one succeeds.
  void write_failed() noexcept { try_a_write_.store(true, std::memory_order_relaxed); }

 private:
  std::optional<error> found(sqlite_notes& writer);
  std::optional<error> requests_fail(sqlite_notes& writer);
  std::optional<error> write_fails(sqlite_database& database);
  void tell(sqlite_health how, const std::string& why);

  sqlite_guard& guard_;
  const sqlite_listener listener_;
  std::atomic<bool> try_a_write_{false};
  sqlite_health told_ = sqlite_health::well;
  std::string told_why_;
};

}  // namespace sundown::storage
