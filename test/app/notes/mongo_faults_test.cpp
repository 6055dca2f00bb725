// What the notes' store does when the server does what servers do.
#include "app/notes/mongo_fixture.hpp"
#include "support/testing.hpp"

#include <atomic>
#include <set>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

task<std::set<std::string>> write_until(storage::mongo_store& store, std::string prefix,
                                        const std::atomic<bool>& enough) {
  std::set<std::string> acknowledged;
  asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor> pause(
      co_await asio::this_coro::executor);
  for (int i = 0; !enough; ++i) {
    const auto title = prefix + std::to_string(i);
    storage::note_draft draft{title, "body"};
    const auto made = co_await store.create(std::move(draft));
    if (made) {
      acknowledged.insert(title);
      continue;
    }
    pause.expires_after(10ms);  // as a client would, instead of asking a server that is down again and again
    co_await pause.async_wait(use_task);
  }
  co_return acknowledged;
}

/// Writers that go on through everything that happens to the server.
class load {
 public:
  explicit load(mongo_store_fixture& fixture) {
    for (int i = 0; i < 8; ++i)
      writers_.push_back(fixture.worker.start(write_until(*fixture.store, std::to_string(i) + '-', enough_)));
  }
  std::set<std::string> stop() {
    enough_ = true;
    std::set<std::string> all;
    for (auto& one : writers_) all.merge(await(std::move(one)));
    return all;
  }

 private:
  std::atomic<bool> enough_{false};
  std::vector<std::future<std::set<std::string>>> writers_;
};

class MongoFaults : public testing::Test {
 protected:
  void SetUp() override {
    SUNDOWN_NEEDS_MONGO();
    server.emplace();
  }
  bool stores_more(mongo_store_fixture& fixture, std::size_t than) {
    return eventually(ample, [&] { return fixture.titles().size() > than; });
  }
  std::optional<mongo_server> server;
};

// Killed under load, and started again: it is noticed both times, by itself, and every acknowledged write is there.
TEST_F(MongoFaults, KilledAndStartedAgain) {
  mongo_store_fixture fixture(server->uri(), slack(2s));
  std::set<std::string> acknowledged;
  {
    load writers(fixture);
    ASSERT_TRUE(stores_more(fixture, 20));
    server->kill();
    EXPECT_TRUE(fixture.states.wait(false));
    server->start();
    const auto back = clock::now();
    EXPECT_TRUE(fixture.states.wait(true));
    EXPECT_LT(between(back, clock::now()), slack(5s));  // the driver by itself looks every ten seconds
    ASSERT_TRUE(stores_more(fixture, fixture.titles().size()));
    acknowledged = writers.stop();
  }
  const auto stored = fixture.titles();
  EXPECT_THAT(stored, IsSupersetOf(acknowledged));
  EXPECT_EQ(std::set(stored.begin(), stored.end()).size(), stored.size()) << "none is there twice";
}

// A server that hangs: operations are answered within their limit, then it is known to be down, and they are answered
// at once; when it goes on, so do they.
TEST_F(MongoFaults, Frozen) {
  constexpr auto limit = slack(1s);
  mongo_store_fixture fixture(server->uri(), limit);
  ASSERT_TRUE(fixture.create("before"));
  server->freeze();
  auto begin = clock::now();
  for (auto& one : fixture.create_many(20)) {
    const auto outcome = await(std::move(one));
    ASSERT_FALSE(outcome);
    EXPECT_THAT(outcome.error().code, AnyOf(errc::timed_out, errc::unavailable)) << outcome.error().detail;
  }
  EXPECT_LT(between(begin, clock::now()), 3 * limit) << "all of them at the same time";
  ASSERT_TRUE(fixture.states.wait(false));
  begin = clock::now();
  EXPECT_EQ(fixture.create("meanwhile").error().code, errc::unavailable);
  EXPECT_LT(between(begin, clock::now()), limit);
  server->thaw();
  ASSERT_TRUE(fixture.states.wait(true));
  EXPECT_TRUE(fixture.create("after"));
  EXPECT_THAT(fixture.titles(), AllOf(Contains("before"), Contains("after"), Not(Contains("meanwhile"))));
}

// A write whose caller hears nothing in time is told that its outcome is unknown.
TEST_F(MongoFaults, SaysThatTheOutcomeIsUnknown) {
  mongo_store_fixture fixture(server->uri(), slack(1s));
  const auto made = fixture.create("one");
  ASSERT_TRUE(made);
  server->freeze();
  const auto outcome = fixture.worker.run(fixture.store->replace(made->id, {"two", ""}, {}));
  server->thaw();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::timed_out) << outcome.error().detail;
  EXPECT_THAT(outcome.error().detail, HasSubstr("the outcome is unknown"));
}

// Over its bounds the pool answers busy at once, however long the server hangs.
TEST_F(MongoFaults, FullQueue) {
  mongo_store_fixture fixture(server->uri(), ample, {.threads = 1, .queue = 3});
  ASSERT_TRUE(fixture.create("before"));
  server->freeze();
  auto writes = fixture.create_many(10);
  std::size_t busy = 0;
  const auto answered_busy = [&](auto& one) {
    if (!one.valid() || one.wait_for(0s) != std::future_status::ready) return false;
    const auto outcome = one.get();
    return !outcome && outcome.error().code == errc::busy;
  };
  EXPECT_TRUE(eventually(ample, [&] {
    for (auto& one : writes) busy += answered_busy(one) ? 1 : 0;
    return busy >= 6;
  }));
  server->thaw();
  for (auto& one : writes) {
    if (one.valid()) {
      EXPECT_TRUE(await(std::move(one)));
    }
  }
}

// A wrong password: down with what to mend, never up, and the password is nowhere in it.
TEST_F(MongoFaults, WrongPassword) {
  mongo_store_fixture fixture(server->uri("me:hunter2@"), 2s);
  ASSERT_TRUE(fixture.states.wait(false));
  ASSERT_TRUE(eventually(ample, [&] { return fixture.states.last() != "connecting"; }));
  EXPECT_THAT(fixture.states.last(),
              AllOf(HasSubstr("storage.mongodb.uri"), HasSubstr("password"), Not(HasSubstr("hunter2"))));
  const auto outcome = fixture.create("x");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::unavailable);
  EXPECT_THAT(outcome.error().detail, Not(HasSubstr("hunter2")));
  for (const auto& [up, why] : fixture.states.all()) EXPECT_FALSE(up);
}

class MongoNetwork : public MongoFaults {
 protected:
  void SetUp() override {
    MongoFaults::SetUp();
    if (server) proxy.emplace(server->where());
  }
  std::string uri() const { return mongo_server::uri_of(proxy->where()); }
  std::optional<fault_proxy> proxy;
};

// Answers that take 200 ms are slow, and nothing else.
TEST_F(MongoNetwork, Slow) {
  mongo_store_fixture fixture(uri(), slack(4s));
  proxy->delay(200ms);
  const auto begin = clock::now();
  for (auto& one : fixture.create_many(8)) EXPECT_TRUE(await(std::move(one)));
  EXPECT_GE(between(begin, clock::now()), 200ms);
  EXPECT_THAT(fixture.titles(), SizeIs(8));
}

// The answer to a create is lost: it is asked again, with the same id, so it is stored exactly once and acknowledged.
// Whoever is told that it failed may find it stored all the same, but then was told so.
TEST_F(MongoNetwork, AnswerCut) {
  mongo_store_fixture fixture(uri(), slack(4s));
  ASSERT_TRUE(fixture.create("before"));
  std::multiset<std::string> acknowledged{"before"};
  for (int i = 0; i < 10; ++i) {
    const auto title = std::to_string(i);
    proxy->cut_answer_after(i % 2 == 0 ? 0 : 20);  // it may hit the driver's monitoring instead
    if (const auto made = fixture.create(title))
      acknowledged.insert(title);
    else
      EXPECT_THAT(made.error().code, AnyOf(errc::unavailable, errc::timed_out)) << made.error().detail;
    ASSERT_TRUE(fixture.states.wait(true));
  }
  EXPECT_GE(proxy->answers_cut(), 5U);
  EXPECT_GE(acknowledged.size(), 8U);
  proxy->pass();
  const auto stored = fixture.titles();
  EXPECT_THAT(stored, IsSupersetOf(acknowledged));
  EXPECT_EQ(std::set(stored.begin(), stored.end()).size(), stored.size()) << "none is there twice";
}

// A replace whose answer is lost can't be asked again: it may have been done. The client is told that, not a conflict.
TEST_F(MongoNetwork, AnswerToAReplaceCut) {
  mongo_store_fixture fixture(uri(), slack(4s));
  auto made = fixture.create("0");
  ASSERT_TRUE(made);
  int unknown = 0;
  for (int i = 0; i < 20 && unknown == 0; ++i) {
    proxy->cut_answer_after(0);
    const auto outcome = fixture.worker.run(fixture.store->replace(made->id, {std::to_string(i), ""}, {}));
    if (!outcome) {
      EXPECT_EQ(outcome.error().code, errc::unavailable) << outcome.error().detail;
      unknown += outcome.error().detail.find("the outcome is unknown") != std::string::npos ? 1 : 0;
    }
    ASSERT_TRUE(fixture.states.wait(true));
  }
  EXPECT_EQ(unknown, 1);
}

// A port that is closed for a while: down, then up again by itself, and nothing acknowledged is lost.
TEST_F(MongoNetwork, PortClosedForAWhile) {
  mongo_store_fixture fixture(uri(), slack(2s));
  load writers(fixture);
  ASSERT_TRUE(stores_more(fixture, 20));
  proxy->refuse();
  EXPECT_TRUE(fixture.states.wait(false));
  proxy->pass();
  EXPECT_TRUE(fixture.states.wait(true));
  ASSERT_TRUE(stores_more(fixture, fixture.titles().size()));
  EXPECT_THAT(fixture.titles(), IsSupersetOf(writers.stop()));
}

}  // namespace
}  // namespace sundown::test
