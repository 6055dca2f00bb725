#include "app/notes/sqlite_fixture.hpp"

#include <sundown/stop/closable.hpp>

#include <gtest/gtest.h>

namespace sundown::test {
namespace {

static_assert(stop::closable<storage::sqlite_store>);

class SqliteClose : public testing::Test {
 protected:
  bool exists(const std::string& suffix) { return std::filesystem::exists(fixture.options.path.string() + suffix); }
  sqlite_fixture fixture;
  worker_thread control;
};

// Writes under way at the close are stored and answered, later ones are refused, and none is stored that was refused.
TEST_F(SqliteClose, AwaitsWhatIsUnderWay) {
  fixture.open();
  worker_thread other;
  std::vector<std::future<result<storage::note>>> writes;
  std::future<void> closing;
  for (int i = 0; i < 400; ++i) {
    writes.push_back((i % 2 == 0 ? fixture.worker : other).start(fixture.store->create({std::to_string(i), ""})));
    if (i == 200) closing = control.start(fixture.store->close());
  }
  std::size_t stored = 0, refused = 0;
  for (auto& one : writes) {
    const auto outcome = await(std::move(one));
    if (outcome) {
      ++stored;
    } else {
      EXPECT_EQ(outcome.error().code, errc::canceled);
      ++refused;
    }
  }
  await(std::move(closing));
  EXPECT_EQ(stored + refused, 400U);
  EXPECT_EQ(fixture.worker.run(fixture.store->get("x")).error().code, errc::canceled);
  fixture.open();
  EXPECT_EQ(fixture.stored(), stored);
}

// close() neither blocks its strand nor gives up while a write waits for a lock.
TEST_F(SqliteClose, WaitsForAWriteThatWaits) {
  fixture.open();
  auto intruder = fixture.intruder();
  ASSERT_TRUE(intruder.execute("BEGIN IMMEDIATE"));
  auto writing = fixture.worker.start(fixture.store->create({"t", ""}));
  fixture.worker.run([]() -> task<> { co_return; }());  // the write is under way now
  auto closing = control.start(fixture.store->close());
  control.run([]() -> task<> { co_return; }());
  EXPECT_EQ(fixture.store->waiting_for(), "1 operation");
  EXPECT_EQ(closing.wait_for(0s), std::future_status::timeout);
  ASSERT_TRUE(intruder.execute("ROLLBACK"));
  EXPECT_TRUE(await(std::move(writing)));
  await(std::move(closing));
}

// After the close the database is one file: the log is written back, nothing else remains.
TEST_F(SqliteClose, LeavesOneFile) {
  fixture.open();
  for (auto& one : fixture.create_many(50)) ASSERT_TRUE(await(std::move(one)));
  EXPECT_TRUE(exists("-wal"));
  control.run(fixture.store->close());
  EXPECT_TRUE(exists(""));
  EXPECT_FALSE(exists("-wal"));
  EXPECT_FALSE(exists("-shm"));
}

// A second close has nothing to do.
TEST_F(SqliteClose, TwiceIsOnce) {
  fixture.open();
  control.run(fixture.store->close());
  control.run(fixture.store->close());
}

// Another process that reads the database doesn't fail the close; the log stays for it, and nothing is lost.
TEST_F(SqliteClose, AReaderElsewhereIsNoFault) {
  fixture.open();
  for (auto& one : fixture.create_many(10)) ASSERT_TRUE(await(std::move(one)));
  {
    auto intruder = fixture.intruder();
    ASSERT_TRUE(intruder.execute("BEGIN"));
    ASSERT_EQ(intruder.read("SELECT count(*) FROM note").value(), "10");
    for (auto& one : fixture.create_many(10)) ASSERT_TRUE(await(std::move(one)));  // behind the reader's snapshot
    control.run(fixture.store->close());
  }
  fixture.open();
  EXPECT_EQ(fixture.stored(), 20U);
}

// Cancelled, close() stops waiting at once; the write that it waited for is not harmed.
TEST_F(SqliteClose, ObeysCancellation) {
  fixture.open();
  auto intruder = fixture.intruder();
  ASSERT_TRUE(intruder.execute("BEGIN IMMEDIATE"));
  auto writing = fixture.worker.start(fixture.store->create({"t", ""}));
  fixture.worker.run([]() -> task<> { co_return; }());
  asio::cancellation_signal signal;
  auto closing = control.start(fixture.store->close(), signal);
  control.cancel(signal);
  EXPECT_THROW(await(std::move(closing)), boost::system::system_error);
  ASSERT_TRUE(intruder.execute("ROLLBACK"));
  EXPECT_TRUE(await(std::move(writing)));
}

}  // namespace
}  // namespace sundown::test
