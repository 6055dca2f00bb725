// What the client does while nothing is wrong with the server.
#include "storage/redis_fixture.hpp"

#include <algorithm>
#include <atomic>

namespace sundown::test {
namespace {

using redis::values;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

class RedisClient : public redis_test {};

// Values come back byte for byte and in order, nil as nothing.
TEST_F(RedisClient, Answers) {
  redis_session session({.url = server->url(), .timeout = ample});
  session.start();
  const std::string bytes("a\r\n\0b", 5);
  EXPECT_THAT(session.ask({"SET", "key", bytes}).value(), ElementsAre(Optional(std::string("OK"))));
  EXPECT_THAT(session.ask({"MGET", "key", "other"}).value(), ElementsAre(Optional(bytes), std::nullopt));
  EXPECT_THAT(session.ask({"INCR", "count"}).value(), ElementsAre(Optional(std::string("1"))));
}

// Commands given together are carried out in order; an error to one of them is the answer to all, and ends nothing.
TEST_F(RedisClient, SendsPipelines) {
  redis_session session({.url = server->url(), .timeout = ample});
  session.start();
  const auto mixed = await(session.call({{"SET", "key", "1"}, {"LPUSH", "key", "x"}, {"INCR", "key"}}));
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().code, errc::unavailable);
  EXPECT_THAT(mixed.error().detail, HasSubstr("WRONGTYPE"));
  auto first_two = session.seen();  // behind them it may be well again: that is a second's refusal
  first_two.resize(std::min<std::size_t>(first_two.size(), 2));
  EXPECT_THAT(first_two, ElementsAre(testing::Pair(true, ""), testing::Pair(false, HasSubstr("WRONGTYPE"))));
  EXPECT_TRUE(session.client.up());
  EXPECT_EQ(session.ask({"GET", "key"}).value().front(), "2");
}

// User, password and database of the URL are used.
TEST_F(RedisClient, Authenticates) {
  redis_server guarded({.password = "p@ss"});
  const auto where = "127.0.0.1:" + std::to_string(guarded.where().port);
  redis_session session({.url = "redis://:p%40ss@" + where + "/2", .timeout = ample});
  session.start();
  ASSERT_TRUE(session.ask({"SET", "key", "value"}));
  EXPECT_THAT(session.ask({"CLIENT", "INFO"}).value().front().value(), HasSubstr(" db=2 "));
}

// Who is refused is told why, once, however often it is tried; the password is in no text.
TEST_F(RedisClient, TellsAWrongPasswordOnce) {
  redis_server guarded({.password = "right"});
  fault_proxy before(guarded.where());
  redis_session session({.url = "redis://:wrong@" + before.text(), .timeout = ample});
  session.begin();
  ASSERT_TRUE(eventually(ample, [&] { return before.accepted() >= 3; }));
  EXPECT_THAT(session.seen(), ElementsAre(testing::Pair(false, HasSubstr("refuses our user name or password"))));
  const auto refused = session.ask({"PING"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unavailable);
}

// A server that wants a password and gets none says so.
TEST_F(RedisClient, TellsAMissingPassword) {
  redis_server guarded({.password = "right"});
  redis_session session({.url = "redis://127.0.0.1:" + std::to_string(guarded.where().port)});
  session.begin();
  ASSERT_TRUE(eventually(ample, [&] { return !session.seen().empty(); }));
  const auto up = session.client.wait_until_up(1ms);
  ASSERT_FALSE(up);
  EXPECT_THAT(up.error().detail, HasSubstr("asks for a password"));
}

// The spans of its calls name the database by its number, and the server by what it was configured as.
TEST_F(RedisClient, TellsWhichDatabaseItIs) {
  struct expected {
    std::string url, database, host;
    std::uint16_t port;
  };
  for (const auto& [url, database, host, port] : {expected{"redis://cache.example", "0", "cache.example", 6379},
                                                  expected{"rediss://me:secret@[::1]:7000/3", "3", "::1", 7000}}) {
    const redis::client client(redis_setting{.url = url}.server());
    EXPECT_EQ(client.traced_as().system, "redis");
    EXPECT_EQ(client.traced_as().name_space, database);
    EXPECT_EQ(client.traced_as().server, host);
    EXPECT_EQ(client.traced_as().port, port);
  }
}

// A URL that can't be read fails the start, and the text has no password in it.
TEST_F(RedisClient, RefusesAMalformedUrl) {
  try {
    redis::client client(redis_setting{.url = "redis://:secret@host:nonsense"}.server());
    FAIL();
  } catch (const startup_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("the URL of Redis"));
    EXPECT_THAT(e.what(), testing::Not(HasSubstr("secret")));
  }
}

// More commands than allowed are refused at once, and those under way are answered.
TEST_F(RedisClient, IsBounded) {
  std::atomic<bool> held{false}, goes_on{false};
  redis_session session({.url = server->url(), .timeout = ample, .commands = 4});
  session.client.on_beat([&] {  // on the client's thread: nothing is sent and nothing read
    held = true;
    eventually(ample, [&] { return goes_on.load(); });
  });
  session.start();
  ASSERT_TRUE(eventually(ample, [&] { return held.load(); }));
  std::vector<std::future<result<redis::values>>> calls;
  for (int i = 0; i < 12; ++i) calls.push_back(session.call({{"ECHO", std::to_string(i)}}));
  for (int i = 4; i < 12; ++i) {
    const auto refused = await(std::move(calls[static_cast<std::size_t>(i)]));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::busy);
  }
  goes_on = true;
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(await(std::move(calls[static_cast<std::size_t>(i)])));
}

// So are more bytes than allowed.
TEST_F(RedisClient, IsBoundedInBytes) {
  redis_session session({.url = server->url(), .timeout = ample, .bytes = 1000});
  session.start();
  const auto refused = session.ask({"SET", "key", std::string(2000, 'x')});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::busy);
  EXPECT_TRUE(session.ask({"SET", "key", std::string(500, 'x')}));
}

// A caller that gives up is released at once; its command is not taken back, and the others' answers are theirs.
TEST_F(RedisClient, ReleasesWhoGivesUp) {
  redis_session session({.url = proxy_url(), .timeout = ample});
  session.start();
  proxy->blackhole();
  asio::cancellation_signal give_up;
  std::promise<result<redis::values>> released;
  session.client.async_execute({{"INCR", "count"}},
                               asio::bind_cancellation_slot(give_up.slot(), [&](result<redis::values> answer) {
                                 released.set_value(std::move(answer));
                               }));
  auto other = session.call({{"ECHO", "other"}});
  give_up.emit(asio::cancellation_type::terminal);
  const auto given_up = await(released.get_future());
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().code, errc::canceled);
  proxy->pass();
  EXPECT_EQ(await(std::move(other)).value().front(), "other");
}

}  // namespace
}  // namespace sundown::test
