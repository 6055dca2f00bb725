#pragma once

#include <sundown/error.hpp>
#include <sundown/sqlite/detail/core.hpp>
#include <sundown/sqlite/options.hpp>

#include "storage/sqlite/guard.hpp"
#include "storage/sqlite/prepared_connection.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <utility>

namespace sundown::sqlite {

/// Looks after an open database: whether it is in its place, takes what requests ask of it and, once a write has
/// failed, can be written again.
/// A database that is locked by another process is no fault of health: the calls that meet the lock answer so.
/// Thread safety: look() on the writer's thread, with no transaction under way; the others on any.
class watch {
 public:
  watch(guard& files, listener told, const detail::statement_type& type)
      : guard_(files), listener_(std::move(told)), type_(type) {}

  /// Looks, and tells the listener what has changed. Once the database is lost to later processes, what is still in the
  /// log goes into its file, as long as there is one: what was acknowledged is not to depend on the log's name.
  void look(detail::prepared_connection& writer);
  /// A write has failed for the disk's sake: from now on each look tries one, until one succeeds.
  void write_failed() noexcept { try_a_write_.store(true, std::memory_order_relaxed); }

 private:
  std::optional<error> found(detail::prepared_connection& writer);
  std::optional<error> requests_fail(detail::prepared_connection& writer);
  result<void> read_as_requests_do(detail::prepared_connection& writer);
  result<void> rehearse_writes(detail::prepared_connection& writer);
  std::optional<error> write_fails(connection& database);
  void tell(health how, const std::string& why);

  guard& guard_;
  const listener listener_;
  const detail::statement_type type_;
  std::atomic<bool> try_a_write_{false};
  health told_ = health::well;
  std::string told_why_;
};

}  // namespace sundown::sqlite
