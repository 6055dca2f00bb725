#include "storage/sqlite/writer.hpp"

#include "log/failure.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>
#include <string>

namespace sundown::sqlite {

namespace {

/// For a reader in another process to get out of the way of the checkpoint.
constexpr std::chrono::milliseconds checkpoint_patience{50};

constexpr std::size_t batch_limit = 256;  // bounds the time to the first answer, and the memory of a transaction

}  // namespace

writer::writer(connection database, const detail::statement_type& type, blocking_pool& lane, std::size_t queue,
               guard& files, watch& health)
    : lane_(lane), queue_(queue), guard_(files), watch_(health), connection_(std::move(database), type) {}

void writer::enqueue(std::unique_ptr<detail::pending_write> write) {
  std::unique_lock lock(mutex_);
  if (waiting_.size() >= std::max<std::size_t>(queue_, 1)) {
    lock.unlock();
    write->fail({errc::busy, "too many writes are waiting"});
    return write->answer();
  }
  try {
    waiting_.push_back(std::move(write));  // where it throws, the write is still here
  } catch (const std::bad_alloc& e) {
    lock.unlock();
    write->fail({errc::unavailable, e.what()});
    return write->answer();
  }
  if (scheduled_) return;
  // With the mutex held: where this fails the write waits for the next one's flush, and its caller has a limit.
  if (!lane_.post([this] { flush(); })) std::terminate();  // the lane is closed after the last write, never before
  scheduled_ = true;
}

void writer::flush() {
  for (auto writes = take(); !writes.empty(); writes = take()) {
    try {
      commit(writes);
    } catch (...) {
      fail(writes);
    }
    if (connection_.database.broken()) guard_.index_was_cut();
    const bool failed =
        std::ranges::any_of(writes, [](const auto& write) { return write->failure() == errc::unavailable; });
    if (failed) {  // before the answers: readiness is to know no later than a client does
      watch_.write_failed();
      try {
        look();
      } catch (...) {
        log::report_failure("a look at the database", std::current_exception());
      }
    }
    for (auto& write : writes) write->answer();
  }
}

/// Without an answer a caller would be destroyed while it waits. Whether the writes are stored is known only if they
/// were not committed yet.
void writer::fail(batch& writes) noexcept {
  log::report_failure("a commit", std::current_exception());
  try {
    roll_back();
  } catch (...) {  // the next transaction begins with it
    log::report_failure("a rollback", std::current_exception());
  }
  for (auto& write : writes) write->fail({errc::unavailable, std::string()});
}

writer::batch writer::take() {
  std::scoped_lock lock(mutex_);
  try {
    const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), batch_limit));
    batch writes(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.begin() + count));
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    if (writes.empty()) scheduled_ = false;
    return writes;
  } catch (...) {  // no memory for the batch: the writes wait for the next flush
    scheduled_ = false;
    throw;
  }
}

void writer::commit(batch& writes) {
  if (auto begun = begin(); !begun) {
    for (auto& write : writes) write->fail(begun.error());
    return;
  }
  // Only now, with the lock held: the write of a caller that gave up meanwhile must not be done.
  std::erase_if(writes, [](auto& write) { return !write->begin(); });
  if (run_together(writes)) return;
  for (auto& write : writes) run_alone(*write);
}

result<void> writer::begin() {
  guard_.check_sizes(connection_.database);
  roll_back();  // what a shortage of memory has left open
  if (auto refused = guard_.refuses_writes()) return *refused;
  if (auto begun = connection_.database.execute("BEGIN IMMEDIATE"); !begun) return begun;
  if (!guard_.log_is_shorter()) return {};
  // While the lock was waited for. From here on nobody may shorten the log.
  roll_back();
  guard_.check_sizes(connection_.database);
  if (auto refused = guard_.refuses_writes()) return *refused;
  return connection_.database.execute("BEGIN IMMEDIATE");
}

/// The other end of the window: what was committed into a file that is gone must not be acknowledged.
void writer::doubt_if_lost(detail::pending_write& write) {
  if (write.failure()) return;
  if (auto lost = guard_.refuses_writes()) {
    write.fail({errc::unavailable, "the outcome of the write is unknown: " + lost->detail});
  }
}

/// False if the transaction as a whole has failed: nothing is stored, and every write is to be tried on its own.
bool writer::run_together(batch& writes) {
  for (auto& write : writes) {
    if (!in_savepoint(*write)) {
      roll_back();
      return false;
    }
  }
  if (auto committed = connection_.database.execute("COMMIT"); !committed) {
    roll_back();
    return false;
  }
  guard_.check_sizes(connection_.database);
  if (guard_.refuses_writes()) std::ranges::for_each(writes, [this](auto& write) { doubt_if_lost(*write); });
  return true;
}

void writer::run_alone(detail::pending_write& write) {
  if (auto begun = begin(); !begun) {
    write.fail(begun.error());
    return;
  }
  if (!in_savepoint(write)) return roll_back();
  if (auto committed = connection_.database.execute("COMMIT"); !committed) {
    write.fail(committed.error());
    return roll_back();
  }
  guard_.check_sizes(connection_.database);
  doubt_if_lost(write);
}

/// False if the failure has ended the transaction (a full disk does), or left it in doubt.
bool writer::in_savepoint(detail::pending_write& write) {
  auto& database = connection_.database;
  if (auto set = database.execute("SAVEPOINT one"); !set) {
    write.fail(set.error());
    return false;
  }
  try {
    write.run(connection_.statements.get());
  } catch (const std::exception& e) {
    write.fail({errc::unavailable, e.what()});
  }
  if (write.failure() && !database.execute("ROLLBACK TO one")) return false;
  return database.in_transaction() && bool(database.execute("RELEASE one"));
}

void writer::roll_back() {
  if (connection_.database.in_transaction()) (void)connection_.database.execute("ROLLBACK");
}

result<void> writer::finish() {
  const auto refused = guard_.refuses_writes();
  if (refused) connection_.database.leave_log_behind();
  if (guard_.index_cut()) return *refused;
  // A reader in another process may read for as long as it likes: a stop doesn't wait for it. The log stays for it, and
  // nothing is lost.
  auto done = connection_.database.checkpoint(checkpoint_patience);
  if (done && refused && !guard_.in_place()) return *refused;
  return done;
}

}  // namespace sundown::sqlite
