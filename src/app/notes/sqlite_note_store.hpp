#pragma once

#include "app/notes/note_store.hpp"

#include "app/notes/sqlite_notes.hpp"
#include "app/notes/sqlite_watch.hpp"
#include "app/notes/sqlite_writer.hpp"
#include "base/handler_memory.hpp"
#include "base/uuid7.hpp"
#include "storage/blocking/blocking_pool.hpp"
#include "storage/blocking/call_gate.hpp"
#include "storage/sqlite/guard.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sundown::storage {

struct sqlite_options {
  std::filesystem::path path;
  std::chrono::milliseconds timeout{2'000};  ///< waiting for a lock; a whole operation gets a second more
  std::size_t queue = 1024;                  ///< writes that wait for the one that runs
  sqlite_listener listener = {};             ///< told of the database's health, on the writer's thread
};

/// Notes in a SQLite file: WAL, synchronous=FULL, one connection that writes (group commit, see sqlite_writer) and one
/// reader per thread of the pool, so that reads wait neither for writes nor for each other.
///
/// Durability: a write that succeeds was committed and synced, to the file that the next process opens (see
/// sqlite_guard). One that answers `timed_out` or `canceled` was not done
/// and will not be, unless its detail says that the outcome is unknown: then the disk was still syncing.
/// Order: ids are given in the order of commits, each greater than all that are stored, also after a restart with the
/// clock put back and beside another process. So a cursor never passes over a note that is stored later.
/// Errors: not_found, conflict, busy, timed_out (locked), unavailable (disk full, read-only, damaged; detail says what
/// to do), canceled (closed, or the caller was cancelled). The constructor throws startup_error.
/// Lifetime: must be closed before it is destroyed, unless no operation is under way; the pool must outlive it.
class sqlite_note_store : public note_store {
 public:
  sqlite_note_store(const sqlite_options& options, blocking_pool& readers);
  ~sqlite_note_store() override;

  task<result<note>> create(note_draft draft) override;
  task<result<note_page>> list(page_bounds most, std::string after) override;
  task<result<note>> get(std::string id) override;
  task<result<note>> replace(std::string id, note_draft draft, version_check may) override;
  task<result<void>> remove(std::string id, version_check may) override;

  /// Refuses new operations, awaits those under way, then checkpoints and closes the file on a thread of its own;
  /// no -wal or -shm file remains. Throws if the checkpoint fails: the data is safe in the -wal file then.
  asio::awaitable<void> close();
  /// "2 operations", or "".
  std::string waiting_for() const { return gate_.describe("operation"); }

 private:
  struct reader_loan;
  using clock = std::chrono::steady_clock;
  using look_timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor>;

  template <class F>
  auto read(F query) -> task<std::invoke_result_t<F&, sqlite_notes&>>;
  task<result<note>> write(sqlite_writer::operation operation);
  error given_up(error how, asio::cancellation_type by_caller) const;
  template <class Outcome>
  void heed(sqlite_notes& reader, const Outcome& answer);
  void look_each_second(std::shared_ptr<look_timer> timer);
  result<void> close_files();

  const std::chrono::milliseconds limit_;
  blocking_pool& pool_;
  call_gate gate_;
  uuid7_generator ids_;
  std::optional<sqlite_guard> guard_;
  std::optional<sqlite_watch> watch_;
  std::unique_ptr<sqlite_writer> writer_;
  std::atomic<bool> look_asked_{false};
  base::handler_memory look_memory_;
  std::weak_ptr<look_timer> next_look_;  // its handler owns it, so that it ends before the lane does
  std::mutex mutex_;  // guards idle_readers_; there are as many readers as threads, so one is always idle
  std::vector<std::unique_ptr<sqlite_notes>> idle_readers_;
  blocking_pool lane_;  // the writer's thread; the last member, so that it ends before what it uses
};

}  // namespace sundown::storage
