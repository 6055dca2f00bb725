#include "app/notes/sqlite_fixture.hpp"
#include "storage/sqlite/schema.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include <sys/stat.h>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class SqliteStart : public testing::Test {
 protected:
  /// Every start-up fault names the file and comes promptly.
  void expect_fault(const std::filesystem::path& path, const testing::Matcher<std::string>& says) {
    const auto before = std::chrono::steady_clock::now();
    EXPECT_THAT(start_fault(path), AllOf(HasSubstr(path.string()), says));
    EXPECT_LT(std::chrono::steady_clock::now() - before, slack(1s));
  }
  void write(const std::filesystem::path& path, const std::string& content) { std::ofstream(path) << content; }

  sqlite_fixture fixture;
  std::filesystem::path file = fixture.options.path;
};

// A missing directory is not made silently (a typo would hide the notes): the message says how to make it.
TEST_F(SqliteStart, MissingDirectory) {
  const auto missing = fixture.directory / "no/such";
  expect_fault(missing / "notes.db", HasSubstr("mkdir -p " + missing.string()));
}

// A directory, a device or nothing at all is no place for notes.
TEST_F(SqliteStart, NotAFile) {
  expect_fault(fixture.directory.path(), HasSubstr("is a directory"));
  expect_fault("/dev/null", HasSubstr("not a regular file"));
  const auto fifo = fixture.directory / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  expect_fault(fifo, HasSubstr("not a regular file"));
  expect_fault(":memory:", HasSubstr("must name a file"));
  expect_fault("", HasSubstr("must name a file"));
}

// A name is a file's, whatever SQLite could read into it: no URI, no parameters.
TEST_F(SqliteStart, NamesAreLiteral) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(fixture.directory.path());
  for (const auto* name : {"file:a?mode=memory", "file:b", "c?mode=memory&cache=shared", "d%20e#f"}) {
    EXPECT_EQ(start_fault(name), "") << name;
    EXPECT_TRUE(std::filesystem::is_regular_file(fixture.directory / name)) << name;
  }
  std::filesystem::current_path(before);
}

// A file that is something else is left as it is.
TEST_F(SqliteStart, NotADatabase) {
  const std::string text(5'000, 'x');
  write(file, text);
  expect_fault(file, HasSubstr("is not a SQLite database"));
  EXPECT_EQ(std::filesystem::file_size(file), text.size());
}

// A damaged database is found at the start if it is small enough to look through.
TEST_F(SqliteStart, Damaged) {
  fixture.open();
  for (auto& one : fixture.create_many(500)) ASSERT_TRUE(await(std::move(one)));
  fixture.close();
  std::fstream raw(file, std::ios::in | std::ios::out | std::ios::binary);
  raw.seekp(3 * 4096);
  raw << std::string(2 * 4096, '\x5a');
  raw.close();
  expect_fault(file, AllOf(HasSubstr("is damaged"), HasSubstr(".recover")));
}

// A database of a newer version of this program is not touched.
TEST_F(SqliteStart, NewerSchema) {
  fixture.open();
  fixture.close();
  ASSERT_TRUE(fixture.intruder().execute("PRAGMA user_version = 99"));
  expect_fault(file, AllOf(HasSubstr("schema version 99"), HasSubstr("newer program")));
}

// Nor is another application's.
TEST_F(SqliteStart, AnotherApplication) {
  ASSERT_TRUE(fixture.intruder().execute("CREATE TABLE theirs (x)"));
  expect_fault(file, HasSubstr("belongs to another application"));
}

// A database that another process holds exclusively: the start fails within a second and says so.
TEST_F(SqliteStart, Locked) {
  fixture.open();
  fixture.close();
  auto intruder = fixture.intruder();
  ASSERT_TRUE(intruder.read("PRAGMA locking_mode = EXCLUSIVE"));
  ASSERT_TRUE(intruder.execute("BEGIN EXCLUSIVE; CREATE TABLE mine (x)"));
  expect_fault(file, HasSubstr("locked by another process"));
}

// An empty file is what an operator may have made to set its owner: it becomes the database.
TEST_F(SqliteStart, EmptyFile) {
  write(file, "");
  EXPECT_EQ(start_fault(file), "");
}

// Notes are there after the next start, and the file is in WAL mode with our mark.
TEST_F(SqliteStart, OpensAgain) {
  fixture.open();
  for (auto& one : fixture.create_many(10)) ASSERT_TRUE(await(std::move(one)));
  fixture.close();
  fixture.open();
  EXPECT_EQ(fixture.stored(), 10U);
  auto intruder = fixture.intruder();
  EXPECT_EQ(intruder.read("PRAGMA journal_mode").value(), "wal");
  EXPECT_EQ(intruder.read("PRAGMA user_version").value(), "3");
}

// A file of the version before has events that say nothing of a trace: they are delivered.
TEST_F(SqliteStart, KeepsTheEventsOfVersionTwo) {
  fixture.open();
  fixture.close();
  ASSERT_TRUE(fixture.intruder().execute(
      "ALTER TABLE note_event DROP COLUMN traceparent; PRAGMA user_version = 2;"
      "INSERT INTO note_event (note, version, what, at_ms) VALUES ('a', 1, 'created', 5);"
      "INSERT INTO note_turn (note, due_ms, since_ms, failures, holder) VALUES ('a', 5, 5, 0, '')"));
  fixture.open();
  const auto turns = fixture.worker.run(fixture.store->outbox().claim({"me", 64, 16, 10, 20})).value();
  ASSERT_EQ(turns.size(), 1U);
  ASSERT_EQ(turns.front().events.size(), 1U);
  EXPECT_EQ(turns.front().events.front().id, "a-1");
  EXPECT_FALSE(turns.front().events.front().origin);
}

constexpr auto insert_from_the_future =
    "INSERT INTO note VALUES ('02000000-0000-7abc-8000-000000000000', 'later', '', 0, 0, 1)";

// Ids are greater than all that are stored, also if the clock is put back before the restart: a cursor must not pass
// over what comes after it.
TEST_F(SqliteStart, IdsGoOnAfterTheGreatest) {
  fixture.open();
  ASSERT_TRUE(fixture.intruder().execute(insert_from_the_future));
  fixture.close();
  fixture.open();
  const auto made = fixture.worker.run(fixture.store->create({"t", "b"}));
  EXPECT_GT(made.value().id, "02000000-0000-7abc-8000-000000000000");
}

// And if another process, as in an upgrade, has stored them meanwhile.
TEST_F(SqliteStart, IdsGoOnAfterThoseOfAnotherProcess) {
  fixture.open();
  ASSERT_TRUE(fixture.worker.run(fixture.store->create({"t", "b"})));
  ASSERT_TRUE(fixture.intruder().execute(insert_from_the_future));
  const auto made = fixture.worker.run(fixture.store->create({"t", "b"}));
  EXPECT_GT(made.value().id, "02000000-0000-7abc-8000-000000000000");
}

// The writer syncs with every commit, or a power cut could lose what was answered.
TEST_F(SqliteStart, WriterIsFullySynchronous) {
  auto writer = sqlite::open_writer(sqlite::options(file), storage::notes_schema());
  EXPECT_EQ(writer.read("PRAGMA synchronous").value(), "2");
}

}  // namespace
}  // namespace sundown::test
