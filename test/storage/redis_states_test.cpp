// What the client, and what stands on it, makes of a server that is there and refuses: its state is told at once and
// taken back by itself, without traffic, and a new connection is made where one may help.
#include <sundown/redis.hpp>
#include "service/rate_limiter.hpp"
#include "storage/redis/rate_counts.hpp"
#include "storage/redis_watcher.hpp"
#include "support/redis_stub.hpp"

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct state {
  const char* name;
  std::vector<std::string> spoil, mend;  ///< commands to the server
  const char* told;
  bool writes_refused;  ///< to everybody, rather than a command to us
};

void PrintTo(const state& one, std::ostream* out) { *out << one.name; }

class RedisStates : public redis_test, public testing::WithParamInterface<state> {};

// Nobody asks anything: the state is told all the same, once, and taken back when the server works again.
TEST_P(RedisStates, AreToldAndTakenBackWithoutTraffic) {
  watcher one(proxy_url());
  one.session.client.rehearse({{"EVAL", "return redis.call('INCR', KEYS[1])", "1", "count"}});
  one.session.start();
  ASSERT_TRUE(one.wait_well());
  server->ask(GetParam().spoil);
  ASSERT_TRUE(one.wait_told(GetParam().told)) << one.told();
  EXPECT_EQ(one.session.client.up(), !GetParam().writes_refused);
  const auto refused = server->rejected("set");
  EXPECT_TRUE(eventually(ample, [&] { return server->rejected("set") >= refused + 3; })) << "it is asked on and on";
  EXPECT_EQ(one.session.seen().size(), 2U);
  server->ask(GetParam().mend);
  EXPECT_TRUE(one.wait_well());
  EXPECT_TRUE(eventually(ample, [&] { return bool(one.session.ask({"SET", "key", "value"})); }));
}

// The cache is passed by while nothing in it can be voided, and never serves what was to be erased; what it owes is
// paid when the server works again.
TEST_P(RedisStates, LeaveNothingStaleInTheCache) {
  watcher one(proxy_url());
  redis::cache cache(one.session.client, {});
  one.session.start();
  auto& worker = one.session.worker;
  const auto get = [&] { return worker.run(cache.get("key")); };
  const auto miss = get();
  ASSERT_TRUE(miss);
  ASSERT_TRUE(worker.run(cache.put("key", "old", 1min, miss->lease)).value());
  server->ask(GetParam().spoil);
  const bool erased = bool(worker.run(cache.erase("key")));
  for (int i = 0; i < 3; ++i) {
    const auto found = get();
    EXPECT_TRUE(!found || !found->value);
  }
  ASSERT_TRUE(one.wait_told(GetParam().told) || erased);
  server->ask(GetParam().mend);
  EXPECT_TRUE(eventually(ample, [&] {
    const auto found = get();
    EXPECT_TRUE(!found || !found->value);
    return bool(found) && cache.owed() == 0;
  }));
}

// Clients are counted here while Redis does not count: neither locked out nor all let in.
TEST_P(RedisStates, LimitTheRateHere) {
  watcher one(proxy_url());
  redis::rate_counts counts(one.session.client);
  serving::rate_limiter limiter(3, 1h, &counts);
  one.session.start();
  server->ask(GetParam().spoil);
  ASSERT_TRUE(one.wait_told(GetParam().told)) << one.told();
  int admitted = 0;
  for (int i = 0; i < 10; ++i) admitted += one.session.worker.run(limiter.admit("192.0.2.1")) ? 0 : 1;
  EXPECT_EQ(admitted, 3);
}

INSTANTIATE_TEST_SUITE_P(
    Real, RedisStates,
    testing::Values(state{"replica", {"REPLICAOF", "127.0.0.1", "1"}, {"REPLICAOF", "NO", "ONE"}, "READONLY", true},
                    state{
                        "full", {"CONFIG", "SET", "maxmemory", "1"}, {"CONFIG", "SET", "maxmemory", "0"}, "OOM", true},
                    state{"no_replicas",
                          {"CONFIG", "SET", "min-replicas-to-write", "1"},
                          {"CONFIG", "SET", "min-replicas-to-write", "0"},
                          "NOREPLICAS",
                          true},
                    state{"may_not_write",
                          {"ACL", "SETUSER", "default", "-@write"},
                          {"ACL", "SETUSER", "default", "+@all"},
                          "NOPERM",
                          false},
                    state{"may_no_key",
                          {"ACL", "SETUSER", "default", "resetkeys"},
                          {"ACL", "SETUSER", "default", "~*"},
                          "NOPERM",
                          false}),
    [](const auto& one) { return std::string(one.param.name); });

class RedisRefuses : public redis_test {};

// The primary becomes a replica, and its name leads to the new one: the next connection is to that.
TEST_F(RedisRefuses, FailoverBehindAName) {
  redis_server other;
  watcher one(proxy_url());
  one.session.start();
  ASSERT_TRUE(one.wait_well());
  proxy->lead_to(other.where());
  server->ask({"REPLICAOF", "127.0.0.1", std::to_string(other.where().port)});
  EXPECT_TRUE(one.wait_told("READONLY"));
  EXPECT_TRUE(one.wait_well());
  ASSERT_TRUE(eventually(ample, [&] { return bool(one.session.ask({"SET", "key", "value"})); }));
  EXPECT_EQ(other.ask({"GET", "key"}).front(), "value");
}

// A permission that only some commands need: that command is named, and all else goes on.
TEST_F(RedisRefuses, OneCommand) {
  watcher one(server->url());
  one.session.start();
  server->ask({"ACL", "SETUSER", "default", "-xadd"});
  EXPECT_FALSE(one.session.ask({"XADD", "stream", "*", "a", "b"}));
  EXPECT_TRUE(one.wait_told("for XADD"));
  EXPECT_TRUE(one.session.client.up());
  EXPECT_TRUE(one.session.ask({"SET", "key", "value"}));
  server->ask({"ACL", "SETUSER", "default", "+xadd"});
  EXPECT_TRUE(one.wait_well());
}

// A permission that is missing from the start is told before anybody misses it.
TEST_F(RedisRefuses, RehearsesAtTheStart) {
  server->ask({"ACL", "SETUSER", "default", "-eval"});
  watcher one(server->url());
  redis::cache cache(one.session.client, {});
  one.session.start();
  EXPECT_TRUE(one.wait_told("NOPERM"));
  EXPECT_THAT(one.told(), HasSubstr("for EVAL"));
}

// What is refused with an expected error is no refusal, and one with another error is.
TEST_F(RedisRefuses, RehearsesWhatCannotSucceed) {
  watcher one(server->url());
  one.session.client.rehearse({"XADD", "stream", "0-0", "field", "value"}, "must be greater than 0-0");
  one.session.client.rehearse({"XLEN", "stream"}, "NOPERM");
  one.session.start();
  EXPECT_TRUE(one.wait_well());
  EXPECT_EQ(one.session.seen().size(), 1U);
  EXPECT_THAT(server->ask({"EXISTS", "stream"}), testing::Not(testing::Contains(HasSubstr("1"))));
  one.session.end();

  server->ask({"ACL", "SETUSER", "default", "-xadd", "-xlen"});
  watcher other(server->url());
  other.session.client.rehearse({"XADD", "stream", "0-0", "field", "value"}, "must be greater than 0-0");
  other.session.client.rehearse({"XLEN", "stream"}, "NOPERM");
  other.session.begin();
  EXPECT_TRUE(other.wait_told("for XADD")) << other.told();
  EXPECT_THAT(other.told(), Not(HasSubstr("XLEN")));
}

// A password that was changed keeps nobody out who is in; who connects anew is told, and let in when it is back.
TEST_F(RedisRefuses, AChangedPassword) {
  redis_server guarded({.password = "first"});
  const auto where = "127.0.0.1:" + std::to_string(guarded.where().port);
  watcher one("redis://:first@" + where);
  one.session.start();
  redis_connection admin(guarded.where());
  admin.ask({"AUTH", "first"});
  admin.ask({"CONFIG", "SET", "requirepass", "second"});
  EXPECT_TRUE(one.session.ask({"PING"}));
  admin.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  EXPECT_TRUE(one.wait_told("refuses our user name or password"));
  admin.ask({"CONFIG", "SET", "requirepass", "first"});
  EXPECT_TRUE(one.wait_well());
}

// A server that takes no more clients says so.
TEST_F(RedisRefuses, TooManyClients) {
  redis_connection admin(server->where());
  admin.ask({"CONFIG", "SET", "maxclients", "1"});
  watcher one(server->url());
  one.session.begin();
  EXPECT_TRUE(one.wait_told("maxclients") || one.wait_told("closed"));  // its answer may be lost with the connection
  admin.ask({"CONFIG", "SET", "maxclients", "100"});
  EXPECT_TRUE(one.wait_well());
}

// A server that closes connections that do nothing never sees ours do nothing.
TEST_F(RedisRefuses, IdleConnections) {
  server->ask({"CONFIG", "SET", "timeout", "3"});
  watcher one(server->url());
  one.session.start();
  EXPECT_FALSE(eventually(6s, [&] { return one.session.seen().size() > 1; }));
}

// Errors that a real server is hard to bring to: all are told, and none ends in a connection that is kept for ever
// where a new one may help.
TEST(RedisRefusesRarely, TellsAllAndComesBack) {
  struct rare {
    const char *line, *told;
    bool reconnects;
  };
  for (const auto& [line, told, reconnects] :
       {rare{"-LOADING Redis is loading the dataset in memory", "LOADING", true},
        rare{"-MASTERDOWN Link with MASTER is down", "MASTERDOWN", true},
        rare{"-CLUSTERDOWN The cluster is down", "CLUSTERDOWN", true},
        rare{"-NOAUTH Authentication required.", "asks for a password", true},
        rare{"-ERR max number of clients reached", "maxclients", true},
        rare{"-MISCONF Errors writing to the AOF file: No space left on device", "MISCONF", false},
        rare{"-BUSY Redis is busy running a script.", "BUSY", false},
        rare{"-UNKILLABLE Sorry the script already executed write commands", "UNKILLABLE", false},
        rare{"-TRYAGAIN Multiple keys request during rehashing of slot", "TRYAGAIN", false},
        rare{"-MOVED 3999 127.0.0.1:6381", "MOVED", false}, rare{"-ASK 3999 127.0.0.1:6381", "ASK", false},
        rare{"-SURPRISE nobody knows it", "SURPRISE", false}}) {
    redis_stub server;
    watcher one(server.url());
    one.session.start();
    ASSERT_TRUE(one.wait_well()) << line;
    server.answer(line);
    EXPECT_TRUE(one.wait_told(told)) << line << ": " << one.told();
    if (reconnects) {
      EXPECT_TRUE(eventually(ample, [&] { return server.accepted() >= 3; })) << line;
      EXPECT_EQ(one.session.seen().size(), 2U) << line;
    } else {
      EXPECT_FALSE(one.session.ask({"SET", "key", "value"})) << line;
      EXPECT_EQ(server.accepted(), 1U) << line;
    }
    server.answer("+OK");
    EXPECT_TRUE(one.wait_well()) << line;
  }
}

// A server whose answers have no bound, or are none, is left with the reason; it costs neither the memory that it
// announces nor the process, and the callers are answered.
TEST(RedisRefusesRarely, EndlessAnswers) {
  const std::string much(2 << 20, 'x');
  std::string many = "*300000";
  for (int i = 0; i < 300'000; ++i) many += "\r\n:1";
  for (const auto& line :
       {std::string("$500000000"), std::string("*1000000000"), std::string("$18446744073709551615"), "+" + much,
        "$2097152\r\n" + much, many, std::string("$?"), std::string("$"), std::string("*-1"), std::string()}) {
    const auto shown = line.substr(0, 30);
    redis_stub server;
    watcher one(server.url());
    one.session.start();
    ASSERT_TRUE(one.wait_well()) << shown;
    server.answer(line);
    const auto answer = one.session.ask({"GET", "key"});
    ASSERT_FALSE(answer) << shown;
    EXPECT_EQ(answer.error().code, errc::unavailable) << shown;
    EXPECT_TRUE(one.wait_told("it answers with more than 1024 KiB")) << shown << ": " << one.told();
    server.answer("+OK");
    EXPECT_TRUE(one.wait_well()) << shown;
  }
}

// The same for the greeting, which nobody of us collects.
TEST(RedisRefusesRarely, AnEndlessGreeting) {
  redis_stub server;
  server.answer("+" + std::string(100'000, 'x'), true);
  watcher one(server.url());
  one.session.begin();
  EXPECT_TRUE(one.wait_told("it answers with more")) << one.told();
  server.answer("+OK");
  EXPECT_TRUE(one.wait_well());
}

// What the server answers to the greeting is what is told.
TEST(RedisRefusesRarely, TheGreeting) {
  struct refused {
    const char *line, *told;
  };
  for (const auto& [line, told] :
       {refused{"-NOAUTH HELLO must be called with the client already authenticated", "asks for a password"},
        refused{"-WRONGPASS invalid username-password pair or user is disabled.", "refuses our user name or password"},
        refused{"-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `default`, `s3cret`",
                "older than Redis 6"},
        refused{"-ERR max number of clients reached", "maxclients"},
        refused{"-DENIED Redis is running in protected mode", "protected mode"}}) {
    redis_stub server;
    server.answer(line, true);
    watcher one(server.url());
    one.session.begin();
    EXPECT_TRUE(one.wait_told(told)) << line << ": " << one.told();
    EXPECT_THAT(one.told(), Not(HasSubstr("s3cret")));
    server.answer("+OK");
    EXPECT_TRUE(one.wait_well()) << line;
  }
}

}  // namespace
}  // namespace sundown::test
