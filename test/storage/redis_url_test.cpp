#include "storage/redis/url.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using redis::parse_url;
using testing::HasSubstr;
using testing::Not;

// Only the host is needed; the rest has the defaults of Redis.
TEST(RedisUrl, TakesAHostAlone) {
  const auto read = redis::parse_url("redis://cache.example").value();
  EXPECT_FALSE(read.tls);
  EXPECT_EQ(read.host, "cache.example");
  EXPECT_EQ(read.port, "6379");
  EXPECT_EQ(read.user, "default");
  EXPECT_EQ(read.password, "");
  EXPECT_EQ(read.database, 0);
}

// All parts are read, and what needs it is percent-decoded.
TEST(RedisUrl, TakesEveryPart) {
  const auto read = redis::parse_url("rediss://notes:p%40ss%2Fw:rd@[::1]:7000/3").value();
  EXPECT_TRUE(read.tls);
  EXPECT_EQ(read.user, "notes");
  EXPECT_EQ(read.password, "p@ss/w:rd");
  EXPECT_EQ(read.host, "::1");
  EXPECT_EQ(read.port, "7000");
  EXPECT_EQ(read.database, 3);
  EXPECT_EQ(read.text(), "[::1]:7000");
}

// A password may stand without a user, behind the colon.
TEST(RedisUrl, TakesAPasswordAlone) {
  const auto read = redis::parse_url("redis://:secret@host/").value();
  EXPECT_EQ(read.user, "default");
  EXPECT_EQ(read.password, "secret");
  EXPECT_EQ(read.host, "host");
}

// What is malformed is refused, and the reason never holds the password.
TEST(RedisUrl, RefusesWhatIsMalformed) {
  for (const char* url : {"",
                          "host",
                          "http://:secret@host",
                          "redis://",
                          "redis://:secret@",
                          "redis://:@host",
                          "redis://:secret@host:0",
                          "redis://:secret@host:65536",
                          "redis://:secret@host:6379x",
                          "redis://:secret@[::1",
                          "redis://:secret@host/x",
                          "redis://:secret%4@host",
                          "redis://:secret%zz@host",
                          "redis://:secret@ho st",
                          "redis://secret@host",
                          "redis://:pass@secret@host",
                          "redis://:pass/secret@host",
                          "redis://:pass?secret@host",
                          "redis://:secret@host\n",
                          "redis://:secret@one,two",
                          "redis://:secret@host/0?password=secret",
                          "redis://:secret@host%40secret",
                          "redis://:x@host/0?a=b@secret",
                          " redis://:secret@host",
                          "redis://:secret",
                          "redis://me:secret/0"}) {
    const auto read = redis::parse_url(url);
    ASSERT_FALSE(read) << url;
    EXPECT_EQ(read.error().code, errc::invalid);
    EXPECT_THAT(read.error().detail, Not(HasSubstr("secret"))) << url;
  }
}

}  // namespace
}  // namespace sundown::test
