// The cache in Redis: what the contract suite can't see, several instances and a server that fails.
#include "base/program_name.hpp"
#include "storage/redis_fixture.hpp"

namespace sundown::test {
namespace {

/// Of its keys in Redis.
const std::string prefix = std::string(base::program_name()) + ":cache:";

/// An instance of the service, as far as the cache is concerned.
struct instance {
  explicit instance(const std::string& url, const redis::cache_options& options = {}, milliseconds timeout = ample)
      : session({.url = url, .timeout = timeout}), cache(session.client, options) {
    session.start();
  }
  ~instance() { session.end(); }

  result<sundown::cache::lookup> get(std::string key) { return session.worker.run(cache.get(std::move(key))); }
  bool put(std::string key, std::string value, sundown::cache::fill_lease lease) {
    return session.worker.run(cache.put(std::move(key), std::move(value), 1min, lease)).value();
  }
  void fill(const std::string& key, std::string value) {
    ASSERT_TRUE(put(key, std::move(value), get(key).value().lease));
  }
  result<void> erase(std::string key) { return session.worker.run(cache.erase(std::move(key))); }
  /// Never the old value, and in the end none.
  void expect_forgotten(const std::string& key) {
    EXPECT_TRUE(eventually(ample, [&] {
      const auto found = get(key);
      if (found && found->value) ADD_FAILURE() << "served " << *found->value;
      return bool(found);
    }));
  }

  redis_session session;
  redis::cache cache;
};

class RedisCache : public redis_test {};

// An erase by one instance voids the leases that another has.
TEST_F(RedisCache, AnEraseVoidsTheLeasesOfAll) {
  instance here(server->url()), there(server->url());
  const auto before = here.get("key").value();
  ASSERT_FALSE(before.value);
  ASSERT_TRUE(there.erase("key"));
  EXPECT_FALSE(here.put("key", "stale", before.lease));
  EXPECT_FALSE(there.get("key").value().value);
  here.fill("key", "fresh");
  EXPECT_EQ(there.get("key").value().value, "fresh");
}

// A lease ends with its time.
TEST_F(RedisCache, LeasesExpire) {
  redis::cache_options options;
  options.lease = 1ms;
  instance here(server->url(), options);
  const auto miss = here.get("key").value();
  ASSERT_TRUE(eventually(ample, [&] { return server->ask({"EXISTS", prefix + "{key}:lease"}).front() == "0"; }));
  EXPECT_FALSE(here.put("key", "late", miss.lease));
}

// A value never lives longer than the cache's own limit, and one that is too large is not taken.
TEST_F(RedisCache, BoundsValues) {
  redis::cache_options options(5s);
  options.largest = 100;
  instance here(server->url(), options);
  here.fill("key", std::string(100, 'x'));
  EXPECT_LE(std::stol(server->ask({"PTTL", prefix + "{key}"}).front()), 5000);
  EXPECT_FALSE(here.put("large", std::string(101, 'x'), here.get("large").value().lease));
}

// A value that somebody else has put there and that is too large is not read: everybody's connection stays, and an
// erase makes the key one like others.
TEST_F(RedisCache, LeavesWhatIsTooLarge) {
  instance here(server->url());
  server->ask({"SETRANGE", prefix + "{key}", std::to_string(8 << 20), "x"});
  const auto found = here.get("key");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, errc::unavailable);
  EXPECT_THAT(found.error().detail, testing::HasSubstr("larger"));
  here.fill("other", "value");
  EXPECT_EQ(here.get("other").value().value, "value");
  EXPECT_EQ(here.session.seen().size(), 1U);  // connected, and no more to tell
  ASSERT_TRUE(here.erase("key"));
  here.fill("key", "value");
  EXPECT_EQ(here.get("key").value().value, "value");
}

// An erase that failed because nobody was there is made up for before the key is served again.
TEST_F(RedisCache, MakesUpForFailedErases) {
  instance here(proxy_url());
  here.fill("key", "old");
  here.fill("other", "still good");
  proxy->refuse();
  const auto failed = here.erase("key");
  ASSERT_FALSE(failed);
  EXPECT_EQ(here.cache.owed(), 1u);
  proxy->pass();
  ASSERT_TRUE(here.session.wait_reconnected());
  here.expect_forgotten("key");
  EXPECT_EQ(here.get("other").value().value, "still good");
  EXPECT_EQ(here.cache.owed(), 0u);
}

// Other instances see the old value go as soon as the connection is back, although nobody asks for it here.
TEST_F(RedisCache, MakesUpForTheOthers) {
  instance here(proxy_url()), there(server->url());
  here.fill("key", "old");
  proxy->refuse();
  ASSERT_FALSE(here.erase("key"));
  EXPECT_EQ(there.get("key").value().value, "old");
  proxy->pass();
  EXPECT_TRUE(eventually(ample, [&] { return !there.get("key").value().value; }));
}

// An erase whose answer was lost counts as failed.
TEST_F(RedisCache, MakesUpForLostAnswers) {
  instance here(proxy_url());
  here.fill("key", "old");
  bool lost = false;
  while (!lost) {  // the answer that is cut may be that to a PING
    proxy->cut_answer_after(0);
    lost = !here.erase("key");
    ASSERT_TRUE(here.session.wait_up());
  }
  here.expect_forgotten("key");
}

// One that took too long does too, and is made up for without a new connection.
TEST_F(RedisCache, MakesUpForLateAnswers) {
  instance here(proxy_url(), {}, 300ms);
  ASSERT_TRUE(eventually(ample, [&] {  // within such a short limit it may take more than one try
    const auto found = here.get("key");
    if (found && !found->value) (void)here.session.worker.run(here.cache.put("key", "old", 1min, found->lease));
    return found && found->value;
  }));
  proxy->blackhole();  // for less than the time in which a beat must be answered
  const auto late = here.erase("key");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, errc::timed_out);
  proxy->pass();
  here.expect_forgotten("key");
  EXPECT_EQ(here.session.seen().size(), 1u);
}

// A fill whose lease was given before an erase that failed does not bring the old value back.
TEST_F(RedisCache, AFailedEraseVoidsLeasesToo) {
  instance here(proxy_url());
  const auto before = here.get("key").value();
  proxy->refuse();
  ASSERT_FALSE(here.erase("key"));
  proxy->pass();
  ASSERT_TRUE(here.session.wait_reconnected());
  (void)here.session.worker.run(here.cache.put("key", "stale", 1min, before.lease));
  here.expect_forgotten("key");
}

// More failed erases than can be remembered: nothing is served until no old value can be left.
TEST_F(RedisCache, PassesItselfByWhenItOwesTooMuch) {
  redis::cache_options options(200ms);
  options.lease = 100ms;
  options.owed = 1;
  instance here(proxy_url(), options);
  proxy->refuse();
  ASSERT_FALSE(here.erase("a"));
  const auto begin = clock::now();
  ASSERT_FALSE(here.erase("b"));
  proxy->pass();
  EXPECT_TRUE(eventually(ample, [&] { return bool(here.get("c")); }));
  EXPECT_GE(between(begin, clock::now()), 300ms);
}

}  // namespace
}  // namespace sundown::test
