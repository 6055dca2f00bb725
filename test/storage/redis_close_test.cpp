// What the client does at the stop.
#include "storage/redis_fixture.hpp"

#include <boost/system/system_error.hpp>

namespace sundown::test {
namespace {

using redis::values;
using testing::AnyOf;
using testing::EndsWith;
using testing::HasSubstr;

class RedisClose : public redis_test {};

// Commands under way are answered, QUIT is the last that the server gets, and no connection is left.
TEST_F(RedisClose, AnswersThenQuits) {
  redis_session session({.url = proxy_url(), .timeout = ample});
  session.start();
  proxy->blackhole();
  std::vector<std::future<result<redis::values>>> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(session.call({{"INCR", "count"}}));
  asio::cancellation_signal never;
  auto closed = session.close(never);
  ASSERT_TRUE(eventually(ample, [&] { return session.client.waiting_for() == "20 commands"; }));
  proxy->pass();
  await(std::move(closed));
  for (auto& call : calls) EXPECT_TRUE(await(std::move(call)));
  EXPECT_THAT(proxy->last_request(), EndsWith("QUIT\r\n"));
  EXPECT_EQ(session.client.waiting_for(), "");
  EXPECT_EQ(session.client.omitted(), "");
  EXPECT_EQ(server->ask({"GET", "count"}).front(), "20");
  EXPECT_TRUE(eventually(ample, [&] { return server->clients() == 0; }));
}

// Once it closes, no command reaches the server any more.
TEST_F(RedisClose, RefusesNewCommands) {
  redis_session session({.url = server->url(), .timeout = ample});
  session.start();
  session.close();
  const auto refused = session.ask({"INCR", "count"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::canceled);
  EXPECT_EQ(server->ask({"GET", "count"}).front(), "(nil)");
}

// With the server away there is nothing to wait for.
TEST_F(RedisClose, ClosesWithoutAServer) {
  redis_session session({.url = server->url(), .timeout = ample});
  session.start();
  server->kill();
  ASSERT_TRUE(session.wait_down());
  const auto begin = clock::now();
  session.close();
  EXPECT_LT(between(begin, clock::now()), ample / 2);
  EXPECT_EQ(session.client.omitted(), "QUIT: there was no connection");
}

// So it is while a connection is being made that nobody answers.
TEST_F(RedisClose, ClosesWhileConnecting) {
  server->freeze();
  redis_session session({.url = server->url(), .timeout = ample});
  session.begin();
  const auto begin = clock::now();
  session.close();
  EXPECT_LT(between(begin, clock::now()), 2500ms);  // a greeting is waited for 3 s
  server->thaw();
}

// A client that was never started closes too.
TEST_F(RedisClose, ClosesUnstarted) {
  redis_session session({.url = server->url(), .timeout = ample});
  session.close();
}

// A frozen server holds the close up, which says what it waits for and obeys its limit by failing.
TEST_F(RedisClose, ObeysItsLimit) {
  redis_session session({.url = server->url(), .timeout = ample});
  session.start();
  server->freeze();
  auto call = session.call({{"INCR", "count"}});
  ASSERT_TRUE(eventually(ample, [&] { return session.client.waiting_for() == "1 command"; }));
  asio::cancellation_signal limit;
  auto closed = session.close(limit);
  session.worker.cancel(limit);
  EXPECT_THROW(await(std::move(closed)), boost::system::system_error);
  EXPECT_EQ(session.client.waiting_for(), "1 command");
  server->thaw();
  EXPECT_TRUE(await(std::move(call)));
}

// With nothing under way it is QUIT that isn't answered.
TEST_F(RedisClose, ObeysItsLimitAtQuit) {
  redis_session session({.url = server->url(), .timeout = ample});
  session.start();
  server->freeze();
  asio::cancellation_signal limit;
  auto closed = session.close(limit);
  ASSERT_TRUE(eventually(ample, [&] { return session.client.waiting_for() == "QUIT"; }));
  session.worker.cancel(limit);
  EXPECT_THROW(await(std::move(closed)), boost::system::system_error);
  server->thaw();
}

}  // namespace
}  // namespace sundown::test
