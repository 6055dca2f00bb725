// The outbox of each store of notes: an event with each write and none without, in order, for one holder at a time.
#include "app/notes/exactly.hpp"
#include "app/notes/mongo_store.hpp"
#include "app/notes/sqlite_store.hpp"
#include "storage/mongo_states.hpp"
#include "support/kept_spans.hpp"
#include "support/mongo_server.hpp"
#include "support/testing.hpp"
#include "support/worker_thread.hpp"

#include <sundown/blocking.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace sundown::test {
namespace {

using http_client::outbox_claim;
using http_client::outbox_outcome;
using http_client::outbox_turn;
using storage::note;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A store that tells, or doesn't, on data that outlives it.
struct telling_store {
  virtual ~telling_store() = default;
  virtual storage::note_store& notes() = 0;
  virtual http_client::outbox_store& outbox() = 0;
  virtual void open(bool tells) = 0;
};

struct telling_sqlite : telling_store {
  ~telling_sqlite() override { close(); }
  storage::note_store& notes() override { return *store; }
  http_client::outbox_store& outbox() override { return store->outbox(); }
  void open(bool tells) override {
    close();
    store.emplace(sqlite::options(directory / "notes.db", 10s), pool, tells);
  }
  void close() {
    if (store) worker.run(store->close());
    store.reset();
  }

  temp_dir directory;
  worker_thread worker;
  blocking_pool pool{{.threads = 2, .queue = 64}};
  std::optional<storage::sqlite_store> store;
};

struct telling_mongo : telling_store {
  ~telling_mongo() override { close(); }
  storage::note_store& notes() override { return *store; }
  http_client::outbox_store& outbox() override { return store->outbox(); }
  void open(bool tells) override {
    close();
    client = std::make_unique<mongodb::client>(
        mongodb::options(server.uri(), ample, "storage.mongodb.uri"), pool, states.listener(),
        [this, tells](mongodb::connection& lease) { return storage::mongo_store::prepare(lease, ids, tells); });
    store.emplace(*client, ids, tells);
    client->wait_up(false, [] { return false; });
  }
  void close() {
    if (client) worker.run(client->close());
    store.reset();
    client.reset();
  }

  const mongo_server server;
  state_log states;
  worker_thread worker;
  blocking_pool pool{{.threads = 4, .queue = 1024}};
  uuid7_generator ids;
  std::unique_ptr<mongodb::client> client;
  std::optional<storage::mongo_store> store;
};

struct kind_of_store {
  std::string name;
  std::function<std::unique_ptr<telling_store>()> make;

  friend void PrintTo(const kind_of_store& chosen, std::ostream* out) { *out << chosen.name; }
};

class NoteOutbox : public testing::TestWithParam<kind_of_store> {
 protected:
  void SetUp() override {
    if (GetParam().name == "mongodb" && !mongo_server::missing().empty()) GTEST_SKIP() << mongo_server::missing();
    store_ = GetParam().make();
    store_->open(true);
  }

  void reopen(bool tells) { store_->open(tells); }
  storage::note_store& notes() { return store_->notes(); }
  note create() { return worker.run(notes().create({"title", "body"})).value(); }
  note replace(const note& what) { return worker.run(notes().replace(what.id, {"other", "body"}, {})).value(); }
  void remove(const note& what) { ASSERT_TRUE(worker.run(notes().remove(what.id, {}))); }

  static std::int64_t now() { return storage::since_epoch().count(); }
  std::vector<outbox_turn> claim(std::string holder, std::int64_t at = now() + 1, std::size_t subjects = 64,
                                 std::size_t events = 16) {
    return worker.run(store_->outbox().claim({std::move(holder), subjects, events, at, at + 60'000})).value();
  }
  void settle(outbox_turn turn, std::size_t delivered, const std::string& holder, milliseconds pause = 0ms,
              bool failed = false) {
    outbox_outcome outcome(std::move(turn));
    outcome.delivered = delivered;
    outcome.failed = failed;
    outcome.pause = pause;
    ASSERT_TRUE(worker.run(store_->outbox().settle({outcome}, holder, now())));
  }
  http_client::outbox_backlog backlog() { return worker.run(store_->outbox().backlog()).value(); }
  static std::vector<std::string> ids(const outbox_turn& turn) {
    std::vector<std::string> all;
    for (const auto& each : turn.events) all.push_back(each.id);
    return all;
  }

  worker_thread worker;
  std::unique_ptr<telling_store> store_;
};

// An event says in which span it was written; that of a write in no trace says nothing.
TEST_P(NoteOutbox, KeepsTheTraceOfTheWrite) {
  kept_spans sent;
  const trace::tracer traces(sent);
  const auto span = traces.start("the request");
  const call_context asked(clock::time_point::max(), span);
  const auto made = worker.run(notes().create({"title", "body"}, asked)).value();
  replace(made);
  ASSERT_TRUE(worker.run(notes().replace(made.id, {"again", "body"}, {}, asked)));
  ASSERT_TRUE(worker.run(notes().remove(made.id, {}, asked)));
  auto turns = claim("me");
  ASSERT_EQ(turns.size(), 1U);
  const auto& events = turns.front().events;
  ASSERT_EQ(events.size(), 4U);
  for (const std::size_t traced : {0U, 2U, 3U})
    EXPECT_EQ(events[traced].origin.traceparent().str(), span.traceparent().str()) << traced;
  EXPECT_FALSE(events[1].origin);
  settle(std::move(turns.front()), 4, "me");
  EXPECT_EQ(backlog().subjects, 0U);
}

// Each write has its event, under an id of the note and its version, in order; the outbox is told.
TEST_P(NoteOutbox, HasEachWrite) {
  std::atomic<int> told{0};
  store_->outbox().on_written([&] { ++told; });
  const auto made = create();
  const auto replaced = replace(made);
  EXPECT_EQ(replaced.version, 2U);
  remove(made);
  EXPECT_EQ(told, 3);
  EXPECT_EQ(backlog().subjects, 1U);
  EXPECT_GE(backlog().oldest_ms, made.created_ms);
  const auto turns = claim("me");
  ASSERT_EQ(turns.size(), 1U);
  EXPECT_EQ(turns[0].subject, made.id);
  EXPECT_EQ(turns[0].failures, 0U);
  EXPECT_THAT(ids(turns[0]), ElementsAre(made.id + "-1", made.id + "-2", made.id + "-3"));
  const auto& first = turns[0].events[0].body;
  EXPECT_THAT(first, HasSubstr(R"({"type":"note.created","timestamp":"20)"));
  EXPECT_THAT(first, HasSubstr(R"(Z","data":{"id":")" + made.id + R"(","version":1}})"));
  EXPECT_THAT(turns[0].events[1].body, HasSubstr("note.replaced"));
  EXPECT_THAT(turns[0].events[2].body, HasSubstr("note.deleted"));
}

// A write that fails has none: of a note that isn't there, or in another version.
TEST_P(NoteOutbox, HasNoWriteThatFailed) {
  const auto made = create();
  settle(claim("me").at(0), 1, "me");
  EXPECT_FALSE(worker.run(notes().replace(made.id, {"t", "b"}, exactly(7))));
  EXPECT_FALSE(worker.run(notes().remove(made.id, exactly(7))));
  EXPECT_FALSE(worker.run(notes().remove("01890000-0000-7000-8000-000000000000", {})));
  EXPECT_FALSE(worker.run(notes().replace("01890000-0000-7000-8000-000000000000", {"t", "b"}, {})));
  EXPECT_EQ(backlog().subjects, 0U);
  EXPECT_THAT(claim("me"), IsEmpty());
}

// What one has claimed is nobody else's, until its claim ends; then the first one's word counts no more.
TEST_P(NoteOutbox, TurnIsOnesAtATime) {
  const auto made = create();
  const auto mine = claim("me");
  ASSERT_EQ(mine.size(), 1U);
  EXPECT_THAT(claim("you"), IsEmpty());
  const auto yours = claim("you", now() + 70'000);
  ASSERT_EQ(yours.size(), 1U);
  EXPECT_THAT(ids(yours[0]), ElementsAre(made.id + "-1"));
  settle(mine[0], 0, "me");
  EXPECT_THAT(claim("they"), IsEmpty()) << "it is still yours";
  settle(mine[0], 1, "me");
  EXPECT_EQ(backlog().subjects, 0U) << "what is delivered is delivered, by whomever";
}

// A write during a turn waits for its end, and is in the next one.
TEST_P(NoteOutbox, WriteDuringATurn) {
  const auto made = create();
  const auto mine = claim("me");
  replace(made);
  EXPECT_THAT(claim("you"), IsEmpty());
  settle(mine.at(0), 1, "me");
  const auto next = claim("you");
  ASSERT_EQ(next.size(), 1U);
  EXPECT_THAT(ids(next[0]), ElementsAre(made.id + "-2"));
}

// After a failure there is a pause, of which the store knows: another instance keeps to it, and counts on.
TEST_P(NoteOutbox, PauseAfterAFailure) {
  const auto made = create();
  settle(claim("me").at(0), 0, "me", 30s, true);
  EXPECT_THAT(claim("me"), IsEmpty());
  auto again = claim("you", now() + 31'000);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].failures, 1U);
  settle(again[0], 0, "you", 0ms, true);
  replace(made);  // which shortens no pause, and ends none
  again = claim("me");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].failures, 2U);
  settle(again[0], 1, "me", 0ms, true);
  again = claim("me");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_THAT(ids(again[0]), ElementsAre(made.id + "-2"));
  EXPECT_EQ(again[0].failures, 1U) << "one was delivered in between";
}

// No more of a claim than it asks for; the longest waiting come first.
TEST_P(NoteOutbox, ClaimIsBounded) {
  std::vector<note> made;
  for (int i = 0; i < 5; ++i) {
    made.push_back(create());
    replace(made.back());
    replace(made.back());
  }
  const auto turns = claim("me", now() + 1, 3, 2);
  ASSERT_EQ(turns.size(), 3U);
  for (const auto& each : turns) {
    EXPECT_EQ(each.events.size(), 2U);
    EXPECT_THAT(each.events[0].id, testing::EndsWith("-1"));
  }
  settle(turns[0], 2, "me");
  EXPECT_EQ(claim("you", now() + 1, 64, 64).size(), 3U) << "two that were not claimed, and the rest of the settled one";
}

// A deleted note is gone for all readers at once, also while its event waits, and leaves nothing once it is delivered.
TEST_P(NoteOutbox, DeletedNoteIsGone) {
  const auto kept = create(), gone = create();
  remove(gone);
  EXPECT_EQ(worker.run(notes().get(gone.id)).error().code, errc::not_found);
  EXPECT_EQ(worker.run(notes().replace(gone.id, {"t", "b"}, {})).error().code, errc::not_found);
  EXPECT_EQ(worker.run(notes().replace(gone.id, {"t", "b"}, exactly(2))).error().code, errc::not_found);
  EXPECT_EQ(worker.run(notes().remove(gone.id, {})).error().code, errc::not_found);
  const auto listed = worker.run(notes().list(1, "")).value();
  ASSERT_EQ(listed.notes.size(), 1U);
  EXPECT_EQ(listed.notes[0].id, kept.id);
  EXPECT_FALSE(listed.more);
  for (auto& each : claim("me")) {
    const auto count = each.events.size();
    settle(std::move(each), count, "me");
  }
  EXPECT_EQ(backlog().subjects, 0U);
  EXPECT_EQ(worker.run(notes().get(gone.id)).error().code, errc::not_found);
  EXPECT_EQ(worker.run(notes().get(kept.id)).value(), kept);
}

// Without a webhook writes have no events; those from before stay, for when there is one again.
TEST_P(NoteOutbox, IsKeptWhileThereIsNoWebhook) {
  const auto before = create();
  const auto deleted = create();
  remove(deleted);
  reopen(false);
  const auto silent = create();
  EXPECT_EQ(replace(before).version, 2U);
  EXPECT_EQ(worker.run(notes().get(deleted.id)).error().code, errc::not_found);
  EXPECT_EQ(worker.run(notes().list(10, "")).value().notes.size(), 2U);
  reopen(true);
  EXPECT_EQ(backlog().subjects, 2U);
  const auto turns = claim("me");
  ASSERT_EQ(turns.size(), 2U);
  for (const auto& each : turns) {
    if (each.subject == before.id)
      EXPECT_THAT(ids(each), ElementsAre(before.id + "-1"));
    else
      EXPECT_THAT(ids(each), ElementsAre(deleted.id + "-1", deleted.id + "-2"));
  }
}

// Many at once: each write of a note has an event of its own, whoever writes.
TEST_P(NoteOutbox, WritesAtTheSameTime) {
  const auto made = create();
  worker_thread other;
  std::vector<std::future<result<note>>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back((i % 2 == 0 ? worker : other).start(notes().replace(made.id, {std::to_string(i), "b"}, {})));
  for (auto& each : all) ASSERT_TRUE(await(std::move(each)));
  const auto turns = claim("me", now() + 1, 64, 64);
  ASSERT_EQ(turns.size(), 1U);
  ASSERT_EQ(turns[0].events.size(), 21U);
  for (std::size_t i = 0; i < 21; ++i) EXPECT_EQ(turns[0].events[i].id, made.id + '-' + std::to_string(i + 1));
}

INSTANTIATE_TEST_SUITE_P(All, NoteOutbox,
                         testing::Values(kind_of_store{"sqlite", [] { return std::make_unique<telling_sqlite>(); }},
                                         kind_of_store{"mongodb", [] { return std::make_unique<telling_mongo>(); }}),
                         [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace sundown::test
