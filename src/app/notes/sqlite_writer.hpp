#pragma once

#include "app/notes/note_store.hpp"

#include "app/notes/sqlite_notes.hpp"
#include "app/notes/sqlite_watch.hpp"
#include "storage/blocking/blocking_pool.hpp"
#include "storage/blocking/call_gate.hpp"
#include "storage/blocking/pending_answer.hpp"
#include "storage/sqlite/guard.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace sundown::storage {

/// The one connection that writes, with group commit: the writes that gather while a transaction is being committed
/// form the next one, so that many share one fsync, which costs far more than they do.
///
/// A write is answered after its COMMIT has returned and the database is still where a later process will look for it.
/// One that fails does not take the others with it. A caller that
/// gives up (asio cancellation) before its write has begun is sure that it will not happen, also if the writer was
/// waiting for a lock; later the outcome is unknown, and its answer says so.
/// Thread safety: async_write from any thread; the connection is used on the lane's single thread alone.
class sqlite_writer {
 public:
  /// May run twice, if the transaction it was part of has failed.
  using operation = std::function<result<note>(sqlite_notes&)>;

  /// `lane`: a pool of one thread, its own. `queue`: writes that may wait; one more is answered `busy`.
  sqlite_writer(sqlite_database database, blocking_pool& lane, std::size_t queue, sqlite_guard& guard,
                sqlite_watch& watch);

  template <class Token>
  auto async_write(operation&& write, call_gate::pass&& inside, Token&& token) {
    return asio::async_initiate<Token, void(result<note>)>(
        [this](auto handler, operation work, call_gate::pass pass) {
          enqueue({std::move(work), std::move(pass), pending_answer<note>::make(std::move(handler), lane_.executor()),
                   error{errc::unavailable, {}}});
        },
        token, std::move(write), std::move(inside));
  }

  /// On the lane: looks after the database.
  void look() { watch_.look(notes_); }
  /// On the lane, with nothing under way and before its destruction: moves the write-ahead log into the database file.
  /// Whatever is not in its place stays untouched.
  result<void> finish();

 private:
  struct entry {
    operation write;
    call_gate::pass inside;
    std::shared_ptr<pending_answer<note>> caller;
    result<note> outcome;
  };
  using batch = std::vector<entry>;

  void enqueue(entry fresh);
  void flush();
  batch take();
  void commit(batch& writes);
  void fail(batch& writes) noexcept;
  result<void> begin();
  void doubt_if_lost(entry& one);
  bool run_together(batch& writes);
  void run_alone(entry& one);
  bool in_savepoint(entry& one);
  void roll_back();

  blocking_pool& lane_;
  const std::size_t queue_;
  sqlite_guard& guard_;
  sqlite_watch& watch_;
  sqlite_notes notes_;
  std::mutex mutex_;  // guards what follows
  batch waiting_;
  bool scheduled_ = false;  // a flush runs or is about to
};

}  // namespace sundown::storage
