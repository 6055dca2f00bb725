// What the client does while something is wrong with the server or the way to it: each command ends in time, and the
// client comes back without a restart.
#include "storage/redis_fixture.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <cstdint>

namespace sundown::test {
namespace {

using redis::values;
using testing::HasSubstr;

class RedisFaults : public redis_test {
 protected:
  void expect_works(redis_session& session) {
    EXPECT_TRUE(session.wait_up());
    EXPECT_TRUE(eventually(ample, [&] { return bool(session.ask({"PING"})); }));
  }
};

/// Calls from several places at once, again and again, until it is destroyed.
class load {
 public:
  explicit load(redis_session& session) {
    for (int i = 0; i < 8; ++i) calls_.push_back(session.worker.start(call(session.client, *this)));
  }
  ~load() {
    stop_ = true;
    for (auto& one : calls_) one.wait_for(ample);
  }
  load(const load&) = delete;
  load& operator=(const load&) = delete;

  tally answered, failed;
  std::atomic<std::int64_t> slowest_ms{0};

 private:
  static task<void> call(redis::client& client, load& self) {
    asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor> pause(
        co_await asio::this_coro::executor);
    while (!self.stop_) {
      std::vector<redis::command> what(1, redis::command(2, "ECHO"));
      const auto begin = clock::now();
      const auto answer = co_await client.async_execute(std::move(what), use_task);
      const auto took = between(begin, clock::now()).count();
      if (took > self.slowest_ms) self.slowest_ms = took;
      (answer ? self.answered : self.failed).add();
      pause.expires_after(1ms);
      co_await pause.async_wait(use_task);
    }
  }

  std::atomic<bool> stop_{false};
  std::vector<std::future<void>> calls_;
};

// With nobody there commands fail at once, by no time limit; when the server comes it is found.
TEST_F(RedisFaults, ServerThatComesLater) {
  proxy->refuse();
  redis_session session({.url = proxy_url(), .timeout = ample});
  session.begin();
  ASSERT_TRUE(eventually(ample, [&] { return !session.seen().empty(); }));
  EXPECT_THAT(session.seen().front().second, HasSubstr("refused"));
  const auto begin = clock::now();
  const auto refused = session.ask({"PING"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unavailable);
  EXPECT_LT(between(begin, clock::now()), ample / 2);
  proxy->pass();
  expect_works(session);
}

// Killed under load and started again: no call hangs, and the client comes back.
TEST_F(RedisFaults, KilledUnderLoad) {
  redis_session session({.url = server->url(), .timeout = slack(500ms)});
  session.start();
  load calls(session);
  ASSERT_TRUE(calls.answered.wait_for(100, ample));
  server->kill();
  ASSERT_TRUE(session.wait_down());
  ASSERT_TRUE(calls.failed.wait_for(100, ample));
  server->start();
  ASSERT_TRUE(session.wait_up());
  EXPECT_TRUE(calls.answered.wait_for(calls.answered.count() + 100, ample));
  EXPECT_LT(milliseconds(calls.slowest_ms), ample / 2);
}

// A frozen server keeps no caller longer than the limit, is noticed soon, and used again once it goes on.
TEST_F(RedisFaults, FrozenUnderLoad) {
  redis_session session({.url = server->url(), .timeout = slack(300ms)});
  session.start();
  load calls(session);
  ASSERT_TRUE(calls.answered.wait_for(100, ample));
  server->freeze();
  EXPECT_TRUE(session.wait_down());
  ASSERT_TRUE(calls.failed.wait_for(100, ample));
  EXPECT_LT(milliseconds(calls.slowest_ms), ample / 2);
  server->thaw();
  ASSERT_TRUE(session.wait_up());
  EXPECT_TRUE(calls.answered.wait_for(calls.answered.count() + 100, ample));
}

// Frozen: who waits is told that it took too long, and that the outcome is unknown.
TEST_F(RedisFaults, TimesOut) {
  redis_session session({.url = server->url(), .timeout = 50ms});
  session.start();
  server->freeze();
  const auto late = session.ask({"PING"});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, errc::timed_out);
  EXPECT_THAT(late.error().detail, HasSubstr("unknown"));
  server->thaw();
  expect_works(session);
}

// A connection that is cut in the middle of an answer fails that command, whose outcome is unknown, and is made again.
TEST_F(RedisFaults, CutInAnAnswer) {
  redis_session session({.url = proxy_url(), .timeout = ample});
  session.start();
  ASSERT_TRUE(session.ask({"SET", "key", std::string(10'000, 'x')}));
  for (const std::size_t after : {std::size_t{0}, std::size_t{5}, std::size_t{1000}}) {
    const auto cut_before = proxy->answers_cut();
    proxy->cut_answer_after(after);
    (void)session.ask({"GET", "key"});  // or it was the answer to a PING
    ASSERT_TRUE(eventually(ample, [&] { return proxy->answers_cut() == cut_before + 1; }));
    EXPECT_TRUE(eventually(ample, [&] {
      const auto read = session.ask({"GET", "key"});
      return read && read->front() == std::string(10'000, 'x');
    }));
  }
}

// A server that is slow, but within the limit, is used as any other; it is not taken for a frozen one.
TEST_F(RedisFaults, Slow) {
  proxy->delay(200ms);
  redis_session session({.url = proxy_url(), .timeout = ample});
  session.start();
  std::vector<std::future<result<redis::values>>> calls;
  for (int i = 0; i < 50; ++i) calls.push_back(session.call({{"ECHO", std::to_string(i)}}));
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(await(std::move(calls[static_cast<std::size_t>(i)])).value().front(), std::to_string(i));
  EXPECT_EQ(session.seen().size(), 1u);
}

// A limit shorter than the server's time releases the caller and does no harm to the connection.
TEST_F(RedisFaults, SlowerThanTheLimit) {
  redis_session session({.url = proxy_url(), .timeout = 20ms});
  session.start();
  proxy->delay(200ms);
  const auto late = session.ask({"ECHO", "late"});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, errc::timed_out);
  proxy->pass();
  EXPECT_TRUE(eventually(ample, [&] {
    const auto answer = session.ask({"ECHO", "mine"});
    return answer && answer->front() == "mine";
  }));
  EXPECT_EQ(session.seen().size(), 1u);
}

// A network that takes everything and gives nothing is noticed as a frozen server is, also while connecting.
TEST_F(RedisFaults, Blackhole) {
  redis_session session({.url = proxy_url(), .timeout = slack(100ms)});
  session.start();
  proxy->blackhole();
  ASSERT_TRUE(session.wait_down());
  proxy->cut();
  proxy->pass();
  expect_works(session);
}

// A name that doesn't exist is tried again and again, and hinders neither the start nor the close.
TEST_F(RedisFaults, UnknownHost) {
  redis_session session({.url = "redis://no-such-host.invalid"});
  session.begin();
  ASSERT_TRUE(eventually(ample, [&] { return !session.seen().empty(); }));
  EXPECT_FALSE(session.client.up());
  session.close();
}

}  // namespace
}  // namespace sundown::test
