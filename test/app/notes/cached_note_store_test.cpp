#include "app/notes/cached_note_store.hpp"

#include <sundown/cache.hpp>
#include "app/notes/exactly.hpp"
#include "app/notes/sqlite_fixture.hpp"
#include "support/kept_spans.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace sundown::test {
namespace {

using sundown::cache;

/// A cache whose server is down.
class unreachable_cache : public cache {
 public:
  task<result<lookup>> get(std::string) override { co_return down(); }
  task<result<bool>> put(std::string, std::string, std::chrono::milliseconds, fill_lease) override { co_return down(); }
  task<result<void>> erase(std::string) override {
    ++erased;
    co_return down();
  }
  const trace::database_address* traced_as() const noexcept override { return &where_; }
  std::atomic<int> erased{0};

 private:
  static error down() { return {errc::unavailable, "connection refused"}; }

  const trace::database_address where_{"redis", "3", "cache.example", 7000};
};

class CachedNoteStore : public testing::Test {
 protected:
  CachedNoteStore() { fixture.open(); }
  template <class T>
  T run(task<T> work) {
    return fixture.worker.run(std::move(work));
  }
  sqlite_fixture fixture;
};

// The second read of a note comes from the cache.
TEST_F(CachedNoteStore, ReadsTheSecondTimeFromTheCache) {
  lru_cache front({});
  storage::cached_note_store store(*fixture.store, front, 1min);
  const auto made = run(store.create({"t", "b"}));
  EXPECT_EQ(run(store.get(made->id)).value(), *made);
  EXPECT_EQ(front.count().hits, 0U);
  EXPECT_EQ(run(store.get(made->id)).value(), *made);
  EXPECT_EQ(front.count().hits, 1U);
}

// Passed by, the cache is neither read nor filled: what another process has written is seen at once.
TEST_F(CachedNoteStore, PassesByItsCacheWhileOthersWrite) {
  lru_cache front({});
  storage::cached_note_store store(*fixture.store, front, 1min);
  store.pass_by(true);
  const auto made = run(store.create({"t", "b"}));
  EXPECT_EQ(run(store.get(made->id)).value().version, 1U);
  EXPECT_TRUE(run(fixture.store->replace(made->id, {"t", "another's"}, exactly(1))));
  EXPECT_EQ(run(store.get(made->id)).value().version, 2U);
  store.pass_by(false);
  EXPECT_EQ(run(store.get(made->id)).value().version, 2U);
  EXPECT_EQ(front.count().hits, 0U);
  EXPECT_EQ(run(store.get(made->id)).value().version, 2U);
  EXPECT_EQ(front.count().hits, 1U);
}

// A cache that is down fails no operation.
TEST_F(CachedNoteStore, GoesOnWithoutItsCache) {
  unreachable_cache front;
  storage::cached_note_store store(*fixture.store, front, 1min);
  const auto made = run(store.create({"t", "b"}));
  EXPECT_EQ(run(store.get(made->id)).value(), *made);
  EXPECT_EQ(run(store.replace(made->id, {"t", "b"}, exactly(1))).value().version, 2U);
  EXPECT_TRUE(run(store.remove(made->id, exactly(2))));
}

// Each call has a span that says which database it is: of the cache's server, of the store's file, which is no server.
TEST_F(CachedNoteStore, TracesWhichDatabaseIsCalled) {
  unreachable_cache front;
  storage::cached_note_store store(*fixture.store, front, 1min);
  kept_spans sent;
  const trace::tracer traces(sent);
  const auto above = traces.start("above");
  const call_context asked(clock::time_point::max(), above);
  const auto made = run(store.create({"t", "b"}, asked));
  ASSERT_TRUE(run(store.get(made->id, asked)));
  const auto look = sent.named("GET"), read = sent.named("SELECT notes");
  EXPECT_EQ(look.attribute("db.system.name"), "redis");
  EXPECT_EQ(look.attribute("db.namespace"), "3");
  EXPECT_EQ(look.attribute("server.address"), "cache.example");
  EXPECT_EQ(look.attribute("server.port"), "7000");
  EXPECT_EQ(look.attribute("error.type"), "unavailable");
  EXPECT_EQ(read.attribute("db.namespace"), "notes.db");
  EXPECT_EQ(read.attribute("server.address"), "");
  EXPECT_EQ(read.parent(), std::string_view(above.where().span_text()));
}

// A cached text that is no note (another version's) is passed by and replaced.
TEST_F(CachedNoteStore, PassesByWhatItCannotRead) {
  lru_cache front({});
  storage::cached_note_store store(*fixture.store, front, 1min);
  const auto made = run(store.create({"t", "b"}));
  const auto miss = run(front.get("note:" + made->id));
  ASSERT_TRUE(run(front.put("note:" + made->id, "garbage", 1min, miss->lease)).value());
  EXPECT_EQ(run(store.get(made->id)).value(), *made);
  EXPECT_FALSE(run(front.get("note:" + made->id)).value().value);
}

// A write whose caller is cancelled invalidates all the same, for its outcome may be unknown.
TEST_F(CachedNoteStore, ACancelledWriteInvalidates) {
  unreachable_cache front;
  storage::cached_note_store store(*fixture.store, front, 1min);
  const auto made = run(store.create({"t", "b"}));
  auto intruder = fixture.intruder();
  ASSERT_TRUE(intruder.execute("BEGIN IMMEDIATE"));
  asio::cancellation_signal signal;
  auto replacing = fixture.worker.start(store.replace(made->id, {"new", "b"}, {}), signal);
  fixture.worker.cancel(signal);
  const auto outcome = await(std::move(replacing));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::canceled);
  EXPECT_EQ(front.erased, 1);
  ASSERT_TRUE(intruder.execute("ROLLBACK"));
  EXPECT_EQ(run(store.get(made->id)).value().title, "t");
}

}  // namespace
}  // namespace sundown::test
