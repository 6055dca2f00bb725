#include <sundown/cache.hpp>
#include "app/notes/cached_note_store.hpp"
#include "app/notes/exactly.hpp"
#include "app/notes/mongo_fixture.hpp"
#include "app/notes/sqlite_fixture.hpp"

#include <gtest/gtest.h>
#include <mongoc/mongoc.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <ostream>
#include <set>

#include <unistd.h>

namespace sundown::test {
namespace {

using storage::note;
using storage::note_draft;
using storage::note_store;

/// One implementation under test, with what it stands on.
struct subject {
  virtual ~subject() = default;
  virtual note_store& store() = 0;
};

struct sqlite_subject : subject {
  sqlite_subject() { fixture.open(); }
  note_store& store() override { return *fixture.store; }
  sqlite_fixture fixture;
};

struct cached_subject : subject {
  cached_subject() : cached(fixture.open(), front, 1min) {}
  note_store& store() override { return cached; }
  sqlite_fixture fixture;
  lru_cache front{{}};
  storage::cached_note_store cached;
};

/// "mongodb://host/?tls=true" with a database that no other test has.
std::string database_of_its_own(std::string uri) {
  auto path = uri.find('/', uri.find("://") + 3);
  if (path == std::string::npos) path = uri.size();
  const auto options = std::min(uri.find('?'), uri.size());
  return uri.substr(0, path) + "/sundown_test_" + std::to_string(getpid()) + uri.substr(options);
}

result<void> drop_database(mongodb::connection& lease) {
  const mongodb::handle<mongoc_database_t, mongoc_database_destroy> used(
      mongoc_client_get_database(lease.client(), lease.database().c_str()));
  mongoc_database_drop(used.get(), nullptr);
  return {};
}

struct mongo_subject : subject {
  ~mongo_subject() override {
    if (!own) (void)fixture.worker.run(fixture.client->call(drop_database));
  }
  note_store& store() override { return *fixture.store; }
  const bool own = !given_mongo_uri();
  const mongo_server server{own};
  mongo_store_fixture fixture{own ? server.uri() : database_of_its_own(*given_mongo_uri())};
};

struct implementation {
  std::string name;
  std::function<std::unique_ptr<subject>()> make;

  friend void PrintTo(const implementation& chosen, std::ostream* out) { *out << chosen.name; }
};

class NoteStore : public testing::TestWithParam<implementation> {
 protected:
  note_store& store() { return subject_->store(); }
  note create(std::string title) { return worker.run(store().create({std::move(title), "body"})).value(); }

  void SetUp() override {
    if (GetParam().name == "mongodb" && !given_mongo_uri()) SUNDOWN_NEEDS_MONGO();
    subject_ = GetParam().make();
  }

  worker_thread worker, other;  // outlive the threads that answer them, as in the service
  std::unique_ptr<subject> subject_;
};

// What was created is read back byte for byte, whatever the bytes are, as version 1.
TEST_P(NoteStore, ReadsBackWhatWasCreated) {
  const note_draft drafts[] = {
      {"title", "body"}, {"", ""}, {"grüße ☀", std::string("nul\0inside", 10)}, {"large", std::string(300'000, 'x')}};
  for (const auto& draft : drafts) {
    const auto created = worker.run(store().create(draft));
    ASSERT_TRUE(created);
    EXPECT_EQ(created->title, draft.title);
    EXPECT_EQ(created->body, draft.body);
    EXPECT_EQ(created->version, 1U);
    EXPECT_EQ(created->created_ms, created->updated_ms);
    EXPECT_EQ(created->id.size(), 36U);
    const auto read = worker.run(store().get(created->id));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, *created);
    EXPECT_EQ(worker.run(store().get(created->id)).value(), *created) << "the second read may come from elsewhere";
  }
}

// An id that names nothing is not_found, for every operation, with and without a check of the version.
TEST_P(NoteStore, NotFound) {
  create("another");
  const std::string id = "01890000-0000-7000-8000-000000000000";
  EXPECT_EQ(worker.run(store().get(id)).error().code, errc::not_found);
  EXPECT_EQ(worker.run(store().get("")).error().code, errc::not_found);
  EXPECT_EQ(worker.run(store().replace(id, {"t", "b"}, {})).error().code, errc::not_found);
  EXPECT_EQ(worker.run(store().replace(id, {"t", "b"}, exactly(1))).error().code, errc::not_found);
  EXPECT_EQ(worker.run(store().remove(id, {})).error().code, errc::not_found);
  EXPECT_EQ(worker.run(store().remove(id, exactly(1))).error().code, errc::not_found);
}

// A replace gives the next version, keeps id and creation time, and is what the next read sees.
TEST_P(NoteStore, ReplaceGivesTheNextVersion) {
  const auto first = create("one");
  ASSERT_EQ(worker.run(store().get(first.id)).value().version, 1U);
  const auto second = worker.run(store().replace(first.id, {"two", "new"}, {}));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->id, first.id);
  EXPECT_EQ(second->version, 2U);
  EXPECT_EQ(second->title, "two");
  EXPECT_EQ(second->body, "new");
  EXPECT_EQ(second->created_ms, first.created_ms);
  EXPECT_GE(second->updated_ms, first.updated_ms);
  EXPECT_EQ(worker.run(store().get(first.id)).value(), *second);
}

// Only a note whose version the check allows is replaced or removed; otherwise nothing changes.
TEST_P(NoteStore, AsksTheCheckOfItsVersion) {
  const auto made = create("one");
  EXPECT_EQ(worker.run(store().replace(made.id, {"x", "x"}, exactly(2))).error().code, errc::conflict);
  EXPECT_EQ(worker.run(store().remove(made.id, exactly(2))).error().code, errc::conflict);
  const auto never = [](std::uint64_t) { return false; };
  EXPECT_EQ(worker.run(store().replace(made.id, {"x", "x"}, never)).error().code, errc::conflict);
  EXPECT_EQ(worker.run(store().remove(made.id, never)).error().code, errc::conflict);
  EXPECT_EQ(worker.run(store().get(made.id)).value().title, "one");
  EXPECT_EQ(worker.run(store().replace(made.id, {"two", "b"}, exactly(1))).value().version, 2U);
  EXPECT_EQ(worker.run(store().replace(made.id, {"x", "x"}, exactly(1))).error().code, errc::conflict);
  EXPECT_TRUE(worker.run(store().remove(made.id, exactly(2))));
  EXPECT_EQ(worker.run(store().get(made.id)).error().code, errc::not_found);
}

// What was removed is gone at once, from reads and lists, and can't be removed again.
TEST_P(NoteStore, RemoveRemoves) {
  const auto made = create("one");
  ASSERT_TRUE(worker.run(store().get(made.id)));
  EXPECT_TRUE(worker.run(store().remove(made.id, {})));
  EXPECT_EQ(worker.run(store().get(made.id)).error().code, errc::not_found);
  EXPECT_TRUE(worker.run(store().list(10, "")).value().notes.empty());
  EXPECT_EQ(worker.run(store().remove(made.id, {})).error().code, errc::not_found);
}

// Pages follow each other by cursor in order of creation; `more` is true exactly when another page follows.
TEST_P(NoteStore, ListsByCursor) {
  EXPECT_TRUE(worker.run(store().list(3, "")).value().notes.empty());
  std::vector<note> made;
  for (int i = 0; i < 7; ++i) made.push_back(create(std::to_string(i)));
  std::vector<note> listed;
  std::string after;
  for (const bool more : {true, true, false}) {
    const auto page = worker.run(store().list(3, after));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->more, more);
    listed.insert(listed.end(), page->notes.begin(), page->notes.end());
    after = listed.back().id;
  }
  EXPECT_EQ(listed, made);
  EXPECT_EQ(worker.run(store().list(std::numeric_limits<std::size_t>::max(), "")).value().notes, made);
  EXPECT_FALSE(worker.run(store().list(7, "")).value().more);
  EXPECT_TRUE(worker.run(store().list(3, after)).value().notes.empty());
}

// A page ends before the note by which it would have more bytes of titles and bodies than it may, but has one at least;
// the pages have every note once.
TEST_P(NoteStore, PagesEndByBytesToo) {
  std::vector<note> made;
  for (const std::size_t size : {10U, 80U, 200U, 10U, 10U, 99U, 1U}) {
    made.push_back(worker.run(store().create({"t", std::string(size - 1, 'x')})).value());
  }
  std::vector<std::size_t> counts;
  std::vector<note> listed;
  for (bool more = true; more;) {
    const auto page = worker.run(store().list({4, 100}, listed.empty() ? "" : listed.back().id));
    ASSERT_TRUE(page) << page.error().detail;
    ASSERT_FALSE(page->notes.empty());
    counts.push_back(page->notes.size());
    listed.insert(listed.end(), page->notes.begin(), page->notes.end());
    more = page->more;
  }
  EXPECT_EQ(counts, (std::vector<std::size_t>{2, 1, 2, 2}));
  EXPECT_EQ(listed, made);
  EXPECT_EQ(worker.run(store().list({7, 0}, "")).value().notes.size(), 1U);
}

// However small the bounds of a page, it is filled over as many answers of the server as it takes.
TEST_P(NoteStore, FillsAPageOfManyNotes) {
  std::vector<std::future<result<note>>> writes;
  for (std::size_t i = 0; i < 120; ++i) {
    writes.push_back(worker.start(store().create({"t", std::string(i % 7 * 100, 'x')})));
  }
  for (auto& one : writes) ASSERT_TRUE(await(std::move(one)));
  EXPECT_EQ(worker.run(store().list({100, 1 << 20}, "")).value().notes.size(), 100U);
  EXPECT_TRUE(worker.run(store().list({119, 1 << 20}, "")).value().more);
  EXPECT_FALSE(worker.run(store().list({120, 1 << 20}, "")).value().more);
}

// Of many who replace the same version at the same time exactly one wins.
TEST_P(NoteStore, OneOfManyReplacesWins) {
  const auto made = create("start");
  std::vector<std::future<result<note>>> tries;
  for (int i = 0; i < 20; ++i) {
    auto& where = i % 2 == 0 ? worker : other;
    tries.push_back(where.start(store().replace(made.id, {std::to_string(i), ""}, exactly(1))));
  }
  std::string winner;
  int conflicts = 0;
  for (auto& one : tries) {
    const auto outcome = await(std::move(one));
    if (outcome) {
      EXPECT_TRUE(winner.empty());
      winner = outcome->title;
    } else {
      EXPECT_EQ(outcome.error().code, errc::conflict);
      ++conflicts;
    }
  }
  EXPECT_EQ(conflicts, 19);
  EXPECT_EQ(worker.run(store().get(made.id)).value().title, winner);
}

// A check that allows many versions is asked inside each write as well: no write comes between it and its change.
TEST_P(NoteStore, ChecksInsideTheWrite) {
  const auto made = create("start");
  const auto below_five = [](std::uint64_t version) { return version < 5; };
  std::vector<std::future<result<note>>> tries;
  for (int i = 0; i < 20; ++i) {
    auto& where = i % 2 == 0 ? worker : other;
    tries.push_back(where.start(store().replace(made.id, {std::to_string(i), ""}, below_five)));
  }
  std::set<std::uint64_t> versions;
  int conflicts = 0;
  for (auto& one : tries) {
    const auto outcome = await(std::move(one));
    if (outcome) versions.insert(outcome->version);
    conflicts += !outcome && outcome.error().code == errc::conflict ? 1 : 0;
  }
  EXPECT_EQ(versions, (std::set<std::uint64_t>{2, 3, 4, 5}));
  EXPECT_EQ(conflicts, 16);
}

// Creates from several workers all succeed, with distinct ids, and all are listed.
TEST_P(NoteStore, ConcurrentCreates) {
  std::vector<std::future<result<note>>> writes;
  for (int i = 0; i < 300; ++i) writes.push_back((i % 2 == 0 ? worker : other).start(store().create({"t", "b"})));
  std::set<std::string> ids;
  for (auto& one : writes) {
    const auto made = await(std::move(one));
    ASSERT_TRUE(made) << made.error().detail;
    ids.insert(made->id);
  }
  const auto page = worker.run(store().list(1000, ""));
  ASSERT_TRUE(page);
  std::set<std::string> listed;
  for (const auto& one : page->notes) listed.insert(one.id);
  EXPECT_EQ(ids.size(), 300U);
  EXPECT_EQ(listed, ids);
}

task<std::size_t> replace_and_read(note_store& store, std::string id, int times) {
  std::size_t stale = 0;
  for (int i = 0; i < times; ++i) {
    note_draft draft{"t", std::to_string(i)};
    const auto written = co_await store.replace(id, std::move(draft), {});
    const auto read = co_await store.get(id);
    if (!written || !read || read->version < written->version) ++stale;
  }
  co_return stale;
}

task<std::size_t> read_forward(note_store& store, std::string id, int times) {
  std::size_t backward = 0;
  std::uint64_t seen = 0;
  for (int i = 0; i < times; ++i) {
    const auto read = co_await store.get(id);
    if (!read || read->version < seen) ++backward;
    if (read) seen = read->version;
  }
  co_return backward;
}

// Whoever was answered reads what he wrote or newer, and no reader ever goes back to an older version.
TEST_P(NoteStore, ReadsAreNeverStale) {
  const auto made = create("start");
  auto writer = worker.start(replace_and_read(store(), made.id, 200));
  auto second_writer = other.start(replace_and_read(store(), made.id, 200));
  auto reader = other.start(read_forward(store(), made.id, 1000));
  auto second_reader = worker.start(read_forward(store(), made.id, 1000));
  EXPECT_EQ(await(std::move(writer)), 0U);
  EXPECT_EQ(await(std::move(second_writer)), 0U);
  EXPECT_EQ(await(std::move(reader)), 0U);
  EXPECT_EQ(await(std::move(second_reader)), 0U);
  EXPECT_EQ(worker.run(store().get(made.id)).value().version, 401U);
}

task<std::set<std::thread::id>> resumed_on(note_store& store) {
  std::set<std::thread::id> threads;
  const auto made = co_await store.create({"t", "b"});
  threads.insert(std::this_thread::get_id());
  for (int i = 0; i < 2; ++i) {
    (void)co_await store.get(made->id);
    threads.insert(std::this_thread::get_id());
  }
  (void)co_await store.list(1, "");
  threads.insert(std::this_thread::get_id());
  (void)co_await store.remove(made->id, {});
  threads.insert(std::this_thread::get_id());
  co_return threads;
}

// Every call resumes on the worker that made it.
TEST_P(NoteStore, ResumesOnTheCallersWorker) {
  EXPECT_THAT(worker.run(resumed_on(store())), testing::ElementsAre(worker.id()));
  EXPECT_THAT(other.run(resumed_on(store())), testing::ElementsAre(other.id()));
}

INSTANTIATE_TEST_SUITE_P(Every, NoteStore,
                         testing::Values(implementation{"sqlite", [] { return std::make_unique<sqlite_subject>(); }},
                                         implementation{"cached_sqlite",
                                                        [] { return std::make_unique<cached_subject>(); }},
                                         implementation{"mongodb", [] { return std::make_unique<mongo_subject>(); }}),
                         [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace sundown::test
