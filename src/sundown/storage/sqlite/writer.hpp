#pragma once

#include <sundown/blocking.hpp>
#include <sundown/sqlite/detail/core.hpp>

#include "storage/sqlite/guard.hpp"
#include "storage/sqlite/prepared_connection.hpp"
#include "storage/sqlite/watch.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace sundown::sqlite {

/// The one connection that writes, with group commit: the writes that gather while a transaction is being committed
/// form the next one, so that many share one fsync, which costs far more than they do.
///
/// A write is answered after its COMMIT has returned and the database is still where a later process will look for it.
/// One that fails does not take the others with it. A caller that gives up (asio cancellation) before its write has
/// begun is sure that it will not happen, also if the writer was waiting for a lock; later the outcome is unknown, and
/// its answer says so.
/// Thread safety: enqueue() from any thread; the connection is used on the lane's single thread alone.
class writer {
 public:
  /// `lane`: a pool of one thread, its own. `queue`: writes that may wait; one more is answered `busy`.
  writer(connection database, const detail::statement_type& type, blocking_pool& lane, std::size_t queue, guard& files,
         watch& health);

  void enqueue(std::unique_ptr<detail::pending_write> write);

  /// On the lane: looks after the database.
  void look() { watch_.look(connection_); }
  /// On the lane, with nothing under way and before its destruction: moves the write-ahead log into the database file.
  /// Whatever is not in its place stays untouched.
  result<void> finish();

 private:
  using batch = std::vector<std::unique_ptr<detail::pending_write>>;

  void flush();
  batch take();
  void commit(batch& writes);
  void fail(batch& writes) noexcept;
  result<void> begin();
  void doubt_if_lost(detail::pending_write& write);
  bool run_together(batch& writes);
  void run_alone(detail::pending_write& write);
  bool in_savepoint(detail::pending_write& write);
  void roll_back();

  blocking_pool& lane_;
  const std::size_t queue_;
  guard& guard_;
  watch& watch_;
  detail::prepared_connection connection_;
  std::mutex mutex_;  // guards what follows
  batch waiting_;
  bool scheduled_ = false;  // a flush runs or is about to
};

}  // namespace sundown::sqlite
