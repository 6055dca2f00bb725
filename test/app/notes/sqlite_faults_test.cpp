#include "app/notes/sqlite_fixture.hpp"
#include "app/notes/sqlite_statements.hpp"
#include "storage/sqlite/schema.hpp"
#include "support/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// While another process holds the write lock, writes answer timed_out in their time, reads go on, and nothing that was
// answered so is stored afterwards.
TEST(SqliteFaults, LockedByAnotherProcess) {
  sqlite_fixture fixture(200ms);
  fixture.open();
  auto intruder = fixture.intruder();
  ASSERT_TRUE(intruder.execute("BEGIN IMMEDIATE"));
  for (auto& one : fixture.create_many(5)) {
    const auto outcome = await(std::move(one));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, errc::timed_out) << outcome.error().detail;
  }
  EXPECT_EQ(fixture.stored(), 0U);
  ASSERT_TRUE(intruder.execute("ROLLBACK"));
  ASSERT_TRUE(fixture.worker.run(fixture.store->create({"after", ""})));
  EXPECT_EQ(fixture.stored(), 1U);
}

// Writes that wait for a lock which is released in time are all stored.
TEST(SqliteFaults, LockReleasedInTime) {
  sqlite_fixture fixture;
  fixture.open();
  auto intruder = fixture.intruder();
  ASSERT_TRUE(intruder.execute("BEGIN IMMEDIATE"));
  auto writes = fixture.create_many(100);
  ASSERT_TRUE(intruder.execute("ROLLBACK"));
  for (auto& one : writes) ASSERT_TRUE(await(std::move(one)));
  EXPECT_EQ(fixture.stored(), 100U);
}

// A caller that is cancelled while its write waits for a lock is answered at once and its write never happens.
TEST(SqliteFaults, ACancelledWriteThatWaitsNeverHappens) {
  sqlite_fixture fixture;
  fixture.open();
  auto intruder = fixture.intruder();
  ASSERT_TRUE(intruder.execute("BEGIN IMMEDIATE"));
  asio::cancellation_signal signal;
  auto writing = fixture.worker.start(fixture.store->create({"given up", ""}), signal);
  fixture.worker.cancel(signal);
  const auto outcome = await(std::move(writing));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::canceled);
  EXPECT_THAT(outcome.error().detail, HasSubstr("nothing was done"));
  ASSERT_TRUE(intruder.execute("ROLLBACK"));
  ASSERT_TRUE(fixture.worker.run(fixture.store->create({"after", ""})));
  const auto page = fixture.worker.run(fixture.store->list(10, ""));
  ASSERT_EQ(page->notes.size(), 1U);
  EXPECT_EQ(page->notes[0].title, "after");
}

// Over its bound the writer answers busy at once; what it took it stores.
TEST(SqliteFaults, FullQueue) {
  sqlite_fixture fixture(10s, 2);
  fixture.open();
  auto intruder = fixture.intruder();
  ASSERT_TRUE(intruder.execute("BEGIN IMMEDIATE"));
  auto writes = fixture.create_many(10);
  // Two wait, and up to two more are held by the writer, which waits for the lock: six at least are refused by now.
  const auto answered = [](auto& one) { return one.wait_for(0s) == std::future_status::ready; };
  EXPECT_TRUE(eventually(ample, [&] { return std::count_if(writes.begin(), writes.end(), answered) >= 6; }));
  ASSERT_TRUE(intruder.execute("ROLLBACK"));
  std::size_t stored = 0, busy = 0;
  for (auto& one : writes) {
    const auto outcome = await(std::move(one));
    if (outcome) ++stored;
    if (!outcome && outcome.error().code == errc::busy) ++busy;
  }
  EXPECT_EQ(stored + busy, 10U);
  EXPECT_GE(busy, 6U);
  EXPECT_GE(stored, 2U);
  EXPECT_EQ(fixture.stored(), stored);
}

// Writes that fail in a common transaction don't take the others with them.
TEST(SqliteFaults, OneFailureHurtsNoOther) {
  sqlite_fixture fixture;
  auto& store = fixture.open();
  auto intruder = fixture.intruder();
  ASSERT_TRUE(intruder.execute("BEGIN IMMEDIATE"));  // so that they gather
  auto good = fixture.create_many(20);
  auto missing = fixture.worker.start(store.replace("no such id", {"t", "b"}, {}));
  auto more = fixture.create_many(20);
  ASSERT_TRUE(intruder.execute("ROLLBACK"));
  for (auto& one : good) EXPECT_TRUE(await(std::move(one)));
  for (auto& one : more) EXPECT_TRUE(await(std::move(one)));
  EXPECT_EQ(await(std::move(missing)).error().code, errc::not_found);
  EXPECT_EQ(fixture.stored(), 40U);
}

// A database that is damaged under way is unavailable, and the message says what to do.
TEST(SqliteFaults, DamagedUnderWay) {
  sqlite_fixture fixture;
  fixture.open();
  for (auto& one : fixture.create_many(500)) ASSERT_TRUE(await(std::move(one)));
  fixture.close();
  fixture.open();  // its readers have seen no page of notes yet
  std::fstream raw(fixture.options.path, std::ios::in | std::ios::out | std::ios::binary);
  raw.seekp(3 * 4096);
  raw << std::string(4 * 4096, '\x5a');
  raw.close();
  const auto page = fixture.worker.run(fixture.store->list(1000, ""));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, errc::unavailable);
  EXPECT_THAT(page.error().detail,
              AllOf(HasSubstr(fixture.options.path.string()), HasSubstr("damaged"), HasSubstr(".recover")));
}

// A database file that was deleted or moved under way takes no more writes: nobody would find them again.
TEST(SqliteFaults, FileMovedAway) {
  sqlite_fixture fixture;
  fixture.open();
  ASSERT_TRUE(fixture.worker.run(fixture.store->create({"before", ""})));
  const auto moved = fixture.directory / "moved.db";
  std::filesystem::rename(fixture.options.path, moved);
  const auto outcome = fixture.worker.run(fixture.store->create({"after", ""}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::unavailable);
  EXPECT_THAT(outcome.error().detail, HasSubstr("was moved or deleted"));
  std::filesystem::rename(moved, fixture.options.path);
  EXPECT_TRUE(fixture.worker.run(fixture.store->create({"back", ""})));
}

// Readers can't write, even by mistake; SQLite's refusal names the file and what to do.
TEST(SqliteFaults, ReadersCannotWrite) {
  sqlite_fixture fixture;
  fixture.open();
  auto connection = sqlite::open_reader(sqlite::options(fixture.options.path, 1s));
  storage::sqlite_statements reader(connection);
  const auto outcome = reader.insert({"id", "title", "body", 0, 0, 1});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::unavailable);
  EXPECT_THAT(outcome.error().detail, AllOf(HasSubstr(fixture.options.path.string()), HasSubstr("read-only"),
                                            HasSubstr("storage.sqlite.path")));
}

}  // namespace
}  // namespace sundown::test
