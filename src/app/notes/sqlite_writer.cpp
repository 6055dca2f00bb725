#include "app/notes/sqlite_writer.hpp"

#include "log/failure.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>

namespace sundown::storage {

namespace {

/// For a reader in another process to get out of the way of the checkpoint.
constexpr std::chrono::milliseconds checkpoint_patience{50};

constexpr std::size_t batch_limit = 256;  // bounds the time to the first answer, and the memory of a transaction

}  // namespace

sqlite_writer::sqlite_writer(sqlite_database database, blocking_pool& lane, std::size_t queue, sqlite_guard& guard,
                             sqlite_watch& watch)
    : lane_(lane), queue_(queue), guard_(guard), watch_(watch), notes_(std::move(database)) {}

void sqlite_writer::enqueue(entry fresh) {
  std::unique_lock lock(mutex_);
  if (waiting_.size() >= std::max<std::size_t>(queue_, 1)) {
    lock.unlock();
    const result<note> busy = error{errc::busy, "too many writes are waiting"};
    return fresh.caller->answer(busy);
  }
  try {
    waiting_.push_back(std::move(fresh));
  } catch (const std::bad_alloc& e) {
    lock.unlock();
    return fresh.caller->answer(error{errc::unavailable, e.what()});
  }
  if (scheduled_) return;
  // With the mutex held: where this fails the write waits for the next one's flush, and its caller has a limit.
  if (!lane_.post([this] { flush(); })) std::terminate();  // the lane is closed after the last write, never before
  scheduled_ = true;
}

void sqlite_writer::flush() {
  for (auto writes = take(); !writes.empty(); writes = take()) {
    try {
      commit(writes);
    } catch (...) {
      fail(writes);
    }
    if (notes_.database().broken()) guard_.index_was_cut();
    const bool failed = std::ranges::any_of(
        writes, [](const entry& one) { return !one.outcome && one.outcome.error().code == errc::unavailable; });
    if (failed) {  // before the answers: readiness is to know no later than a client does
      watch_.write_failed();
      try {
        look();
      } catch (...) {
        log::report_failure("a look at the database", std::current_exception());
      }
    }
    for (auto& one : writes) {
      one.inside.leave();
      one.caller->answer(std::move(one.outcome));
    }
  }
}

/// Without an answer a caller would be destroyed while it waits. Whether the writes are stored is known only if they
/// were not committed yet.
void sqlite_writer::fail(batch& writes) noexcept {
  log::report_failure("a commit", std::current_exception());
  try {
    roll_back();
  } catch (...) {  // the next transaction begins with it
    log::report_failure("a rollback", std::current_exception());
  }
  for (auto& one : writes) one.outcome = error{errc::unavailable, {}};
}

sqlite_writer::batch sqlite_writer::take() {
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

void sqlite_writer::commit(batch& writes) {
  if (auto begun = begin(); !begun) {
    for (auto& one : writes) one.outcome = begun.error();
    return;
  }
  // Only now, with the lock held: whoever gave up while we waited for it must not find his write done.
  std::erase_if(writes, [](entry& one) { return !one.caller->begin(); });
  if (run_together(writes)) return;
  for (auto& one : writes) run_alone(one);
}

result<void> sqlite_writer::begin() {
  guard_.check_sizes(notes_.database());
  roll_back();  // what a shortage of memory has left open
  if (auto refused = guard_.refuses_writes()) return *refused;
  if (auto begun = notes_.database().execute("BEGIN IMMEDIATE"); !begun) return begun;
  if (!guard_.log_is_shorter()) return {};
  // While the lock was waited for. From here on nobody may shorten the log.
  roll_back();
  guard_.check_sizes(notes_.database());
  if (auto refused = guard_.refuses_writes()) return *refused;
  return notes_.database().execute("BEGIN IMMEDIATE");
}

/// The other end of the window: what was committed into a file that is gone must not be acknowledged.
void sqlite_writer::doubt_if_lost(entry& one) {
  if (!one.outcome) return;
  if (auto lost = guard_.refuses_writes()) {
    one.outcome = error{errc::unavailable, "the outcome of the write is unknown: " + lost->detail};
  }
}

/// False if the transaction as a whole has failed: nothing is stored, and every write is to be tried on its own.
bool sqlite_writer::run_together(batch& writes) {
  for (auto& one : writes) {
    if (!in_savepoint(one)) {
      roll_back();
      return false;
    }
  }
  if (auto committed = notes_.database().execute("COMMIT"); !committed) {
    roll_back();
    return false;
  }
  guard_.check_sizes(notes_.database());
  if (guard_.refuses_writes()) std::ranges::for_each(writes, [this](entry& one) { doubt_if_lost(one); });
  return true;
}

void sqlite_writer::run_alone(entry& one) {
  if (auto begun = begin(); !begun) {
    one.outcome = begun.error();
    return;
  }
  if (!in_savepoint(one)) return roll_back();
  if (auto committed = notes_.database().execute("COMMIT"); !committed) {
    one.outcome = committed.error();
    return roll_back();
  }
  guard_.check_sizes(notes_.database());
  doubt_if_lost(one);
}

/// False if the failure has ended the transaction (a full disk does), or left it in doubt.
bool sqlite_writer::in_savepoint(entry& one) {
  auto& database = notes_.database();
  if (auto set = database.execute("SAVEPOINT one"); !set) {
    one.outcome = set.error();
    return false;
  }
  try {
    one.outcome = one.write(notes_);
  } catch (const std::exception& e) {
    one.outcome = error{errc::unavailable, e.what()};
  }
  if (!one.outcome && !database.execute("ROLLBACK TO one")) return false;
  return database.in_transaction() && bool(database.execute("RELEASE one"));
}

void sqlite_writer::roll_back() {
  if (notes_.database().in_transaction()) (void)notes_.database().execute("ROLLBACK");
}

result<void> sqlite_writer::finish() {
  const auto refused = guard_.refuses_writes();
  if (refused) notes_.database().leave_log_behind();
  if (guard_.index_cut()) return *refused;
  // Whoever reads in another process may do so for as long as he likes: a stop doesn't wait for him. The log stays for
  // him, and nothing is lost.
  auto done = notes_.database().checkpoint(checkpoint_patience);
  if (done && refused && !guard_.in_place()) return *refused;
  return done;
}

}  // namespace sundown::storage
