// What is made of an error that Redis answers, by hand.
#include "storage/redis/refusal.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using redis::read_error;
using redis::refusals;
using redis::remedy;
using testing::HasSubstr;
using testing::Not;

struct answered {
  const char* line;
  redis::remedy remedy;
  const char* reason;
};

/// As Redis 6 and 7 write them.
constexpr answered answers[] = {
    {"READONLY You can't write against a read only replica.", redis::remedy::reconnect, "READONLY: it is a replica"},
    {"READONLY You can't write against a read only replica. script: 1a, on @user_script:5.", redis::remedy::reconnect,
     "READONLY"},
    {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", redis::remedy::reconnect,
     "lost its primary"},
    {"LOADING Redis is loading the dataset in memory", redis::remedy::reconnect, "loading"},
    {"NOREPLICAS Not enough good replicas to write.", redis::remedy::reconnect, "min-replicas-to-write"},
    {"CLUSTERDOWN Hash slot not served", redis::remedy::reconnect, "cluster"},
    {"UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
     redis::remedy::reconnect, "replica"},
    {"NOAUTH Authentication required.", redis::remedy::reconnect, "asks for a password"},
    {"WRONGPASS invalid username-password pair or user is disabled.", redis::remedy::reconnect,
     "refuses our user name"},
    {"DENIED Redis is running in protected mode because", redis::remedy::reconnect, "protected mode"},
    {"ERR AUTH <password> called without any password configured for the default user.", redis::remedy::reconnect,
     "refuses our user name"},
    {"ERR max number of clients reached", redis::remedy::reconnect, "maxclients"},
    {"OOM command not allowed when used memory > 'maxmemory'.", redis::remedy::wait, "maxmemory"},
    {"ERR Error running script (call to f_0a): @user_script:6: @user_script: 6: -OOM command not allowed",
     redis::remedy::wait, "maxmemory"},
    {"MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on disk.",
     redis::remedy::wait, "save"},
    {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", redis::remedy::wait,
     "script"},
    {"UNKILLABLE Sorry the script already executed write commands against the dataset.", redis::remedy::wait, "script"},
    {"NOPERM this user has no permissions to run the 'xadd' command or its subcommand", redis::remedy::none,
     "permission"},
    {"NOPERM this user has no permissions to access one of the keys used as arguments", redis::remedy::none,
     "NOPERM: our user may not touch the keys, which ACL SETUSER lets it (~pattern)"},
    {"NOPERM No permissions to access a key", redis::remedy::none, "~pattern"},
    {"ERR The user executing the script can't access at least one of the keys mentioned", redis::remedy::none,
     "~pattern"},
    {"ERR ACL failure in script: User default has no permissions to run the 'incr' command", redis::remedy::none,
     "permission"},
    {"ERR The user executing the script can't run this command or subcommand", redis::remedy::none, "+command"},
    {"MOVED 3999 127.0.0.1:6381", redis::remedy::none, "MOVED: it is one node of a cluster"},
    {"ASK 3999 127.0.0.1:6381", redis::remedy::none, "ASK: it is one node of a cluster"},
    {"CROSSSLOT Keys in request don't hash to the same slot", redis::remedy::none, "cluster"},
    {"TRYAGAIN Multiple keys request during rehashing of slot", redis::remedy::none, "cluster"},
    {"WRONGTYPE Operation against a key holding the wrong kind of value", redis::remedy::none, "WRONGTYPE"},
    {"ERR unknown command 'XADD', with args beginning with: 'secret'", redis::remedy::none,
     "does not know the command"},
    {"ERR DB index is out of range", redis::remedy::none, "ERR DB index is out of range"},
    {"ASKING for trouble", redis::remedy::none, "ASKING for trouble"},
    {"", redis::remedy::none, "an error"},
};

// Each error means one thing, and it is known whether another connection may help.
TEST(RedisRefusal, IsReadByItsPrefix) {
  for (const auto& one : answers) {
    const auto read = redis::read_error(one.line);
    EXPECT_EQ(read.remedy, one.remedy) << one.line;
    EXPECT_THAT(read.reason, HasSubstr(one.reason)) << one.line;
  }
}

// What an error quotes may be a note or a password: it is not told on.
TEST(RedisRefusal, TellsNothingThatWasSent) {
  for (const char* line : {"ERR unknown command 'X', with args beginning with: 'secret'", "ERR unknown `secret`",
                           "ERR wrong \"secret\"", "ERR bad value: secret", "OOM secret", "NOPERM secret",
                           "ERR Error running script (call to f_1): @user_script:1: secret", "WRONGPASS secret"})
    EXPECT_THAT(redis::read_error(line).reason, Not(HasSubstr("secret"))) << line;
  EXPECT_LE(redis::read_error(std::string(10'000, 'x')).reason.size(), 100U);
}

constexpr redis::refusals::time_point begin{1h};
const redis::refusal full{redis::remedy::wait, "full"}, forbidden{redis::remedy::none, "forbidden"};

// A refusal stands until nothing was refused for a second; commands that are refused for one reason are told together.
TEST(RedisRefusals, StandUntilNothingIsRefused) {
  redis::refusals refusals;
  EXPECT_TRUE(refusals.empty());
  refusals.add("XADD", forbidden, begin);
  refusals.add("EVAL", forbidden, begin + 900ms);
  EXPECT_FALSE(refusals.waits());
  EXPECT_EQ(refusals.text(), "forbidden, for EVAL, XADD");
  refusals.settle(begin + 950ms);
  EXPECT_EQ(refusals.text(), "forbidden, for EVAL, XADD");
  refusals.settle(begin + 1s);
  EXPECT_EQ(refusals.text(), "forbidden, for EVAL");
  refusals.settle(begin + 1900ms);
  EXPECT_TRUE(refusals.empty());
}

// A server that refuses everybody waits, whatever was asked.
TEST(RedisRefusals, KnowWhoseTheyAre) {
  redis::refusals refusals;
  refusals.add("XADD", full, begin);
  refusals.add("SET", full, begin);
  EXPECT_TRUE(refusals.waits());
  EXPECT_EQ(refusals.text(), "full");
}

// One that comes and goes stands longer each time, up to eight seconds; another is not kept waiting for that.
TEST(RedisRefusals, ComeAndGoEverMoreRarely) {
  redis::refusals refusals;
  auto now = begin;
  int changes = 0;
  for (; now < begin + 10min; now += 100ms) {  // refused once in two seconds
    const bool before = refusals.empty();
    if ((now - begin) % 2s == 0s) refusals.add("SET", full, now);
    refusals.settle(now);
    changes += before != refusals.empty() ? 1 : 0;
  }
  EXPECT_LE(changes, 10);
  refusals.settle(now + 8s);
  EXPECT_TRUE(refusals.empty());
  refusals.add("XADD", forbidden, now + 8s);
  refusals.settle(now + 9s);
  EXPECT_TRUE(refusals.empty());
}

// There is a bound to what is told.
TEST(RedisRefusals, AreBounded) {
  redis::refusals refusals;
  for (int i = 0; i < 1000; ++i) refusals.add("X" + std::to_string(i), forbidden, begin);
  EXPECT_LE(refusals.text().size(), 100U);
  refusals.settle(begin + 30s);
  refusals.add("XADD", full, begin + 31s);
  EXPECT_EQ(refusals.text(), "full");
}

}  // namespace
}  // namespace sundown::test
