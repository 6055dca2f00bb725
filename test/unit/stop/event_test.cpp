#include "stop/event.hpp"
#include "support/testing.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

namespace sundown::test {
namespace {

namespace asio = boost::asio;
using stop::event;
using stop::wait_group;

/// How a wait has ended; nothing as long as it lasts.
enum class outcome { happened, limit_passed, canceled };
using ending = std::optional<outcome>;

asio::awaitable<void> note(asio::awaitable<bool> wait, ending& into) {
  try {
    into = co_await std::move(wait) ? outcome::happened : outcome::limit_passed;
  } catch (const boost::system::system_error&) {
    into = outcome::canceled;
  }
}

struct events : testing::Test {
  void start(asio::awaitable<bool> wait, ending& into) {
    asio::co_spawn(control, note(std::move(wait), into), asio::detached);
    control.poll();
    control.restart();
  }
  void start(const event& what, ending& into) { start(what.wait_until(clock::time_point::max()), into); }
  void run() {
    control.restart();
    control.run_for(ample);
    EXPECT_TRUE(control.stopped()) << "something still waits";
    control.restart();
  }

  asio::io_context control;
};

// All that wait go on when it happens, and so does whoever comes later.
TEST_F(events, LetAllGoThatWait) {
  const event happened;
  ending first, second, late;
  start(happened, first);
  start(happened, second);
  EXPECT_FALSE(first || second);
  happened.set();
  run();
  EXPECT_EQ(first, outcome::happened);
  EXPECT_EQ(second, outcome::happened);
  start(happened, late);
  EXPECT_EQ(late, outcome::happened);
}

// A wait ends at its limit without the event.
TEST_F(events, AreAwaitedUpToALimit) {
  const event never;
  ending end;
  start(never.wait_until(clock::now() + 5ms), end);
  run();
  EXPECT_EQ(end, outcome::limit_passed);
  start(never.wait_until(clock::now() - 1s), end);
  EXPECT_EQ(end, outcome::limit_passed);
}

// A limit that has moved when it passes is waited for, too.
TEST_F(events, FollowALimitThatMoves) {
  const event never;
  const auto begin = clock::now();
  ending end;
  start(never.wait_until([begin] { return begin + (clock::now() - begin < 5ms ? 5ms : 30ms); }), end);
  run();
  EXPECT_EQ(end, outcome::limit_passed);
  EXPECT_GE(clock::now() - begin, 30ms);
}

// A wait that was let go is over, even if the event is taken back before its coroutine has its turn. The next one
// waits.
TEST_F(events, TakenBackLeaveNobodyBehind) {
  const event happened;
  ending end, next;
  start(happened, end);
  happened.set();
  happened.reset();
  EXPECT_FALSE(happened.is_set());
  start(happened, next);
  while (!end && control.run_one_for(ample) != 0) continue;
  EXPECT_EQ(end, outcome::happened);
  EXPECT_FALSE(next);
  happened.set();
  run();
  EXPECT_EQ(next, outcome::happened);
}

// A wait obeys cancellation, but one that the event has let go has what it waited for, and doesn't wait again.
TEST_F(events, AreAwaitedCancellably) {
  const event happened;
  for (const bool set_before : {false, true}) {
    asio::cancellation_signal give_up;
    ending end;
    asio::co_spawn(control, note(happened.wait_until(clock::time_point::max()), end),
                   asio::bind_cancellation_slot(give_up.slot(), asio::detached));
    control.poll();
    if (set_before) happened.set();
    give_up.emit(asio::cancellation_type::terminal);
    run();
    EXPECT_EQ(end, set_before ? outcome::happened : outcome::canceled);
  }
}

// Set on one thread, awaited on another, at whatever moment of the wait: none is missed.
TEST_F(events, AreSetFromAnyThread) {
  for (int round = 0; round < 200; ++round) {
    const event happened;
    ending end;
    asio::co_spawn(control, note(happened.wait_until(clock::now() + ample), end), asio::detached);
    std::thread other([happened] { happened.set(); });
    run();
    other.join();
    ASSERT_EQ(end, outcome::happened);
  }
}

// What waits goes down with its context, also after the event itself; whoever sets it later reaches nobody.
TEST(event_lifetime, EndsWithItsLastCopy) {
  std::optional<event> happened(std::in_place);
  const event copy = *happened;
  {
    asio::io_context control;
    ending end;
    asio::co_spawn(control, note(happened->wait_until(clock::time_point::max()), end), asio::detached);
    control.poll();
    happened.reset();
  }
  copy.set();
  EXPECT_TRUE(copy.is_set());
}

// A group is awaited until the last has left; an empty one is not awaited at all.
TEST_F(events, TellThatAGroupIsEmpty) {
  const wait_group group(1);
  ending end;
  start(group.wait_until(clock::time_point::max()), end);
  {
    wait_group::token one(group);
    EXPECT_EQ(group.count(), 2U);
    const auto moved = std::move(one);
    EXPECT_EQ(group.count(), 2U);
  }
  EXPECT_EQ(group.count(), 1U);
  EXPECT_FALSE(end);
  group.leave();
  run();
  EXPECT_EQ(end, outcome::happened);
  start(group.wait_until(clock::time_point::max()), end);
  EXPECT_EQ(end, outcome::happened);
  group.enter();
  ending again;
  start(group.wait_until(clock::now()), again);
  EXPECT_EQ(again, outcome::limit_passed);
}

// Members come and go on many threads while somebody waits for the last of them.
TEST_F(events, CountOnManyThreads) {
  const wait_group group(1);
  ending end;
  start(group.wait_until(clock::now() + ample), end);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([group] {
      for (int n = 0; n < 1000; ++n) const wait_group::token inside(group);
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_FALSE(end);
  group.leave();
  run();
  EXPECT_EQ(end, outcome::happened);
}

}  // namespace
}  // namespace sundown::test
