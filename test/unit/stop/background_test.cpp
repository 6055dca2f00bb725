#include "support/kept_spans.hpp"
#include "unit/stop/fakes.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace sundown::test {
namespace {

using stop::background;
using testing::ElementsAre;

asio::awaitable<void> tell_idle(background& tasks, bool& idle) {
  co_await tasks.idle();
  idle = true;
}

asio::awaitable<void> fail() {
  co_await asio::post(asio::use_awaitable);
  throw std::runtime_error("not published");
}

asio::awaitable<void> count(std::atomic<int>& done) {
  co_await asio::post(asio::use_awaitable);
  ++done;
}

// A task counts from the call of spawn() until it has ended; idle() completes then, and not before.
TEST(background_tasks, IdleCompletesWhenTheLastTaskHasEnded) {
  asio::io_context control;
  background tasks(control.get_executor());
  const stop::event one, two;
  tasks.spawn("publish", one.wait());
  tasks.spawn("publish", two.wait());
  EXPECT_EQ(tasks.size(), 2u);
  bool idle = false;
  asio::co_spawn(control, tell_idle(tasks, idle), asio::detached);
  control.poll();
  EXPECT_FALSE(idle);
  one.set();
  control.poll();
  EXPECT_EQ(tasks.size(), 1u);
  EXPECT_FALSE(idle);
  two.set();
  control.poll();
  EXPECT_EQ(tasks.size(), 0u);
  EXPECT_TRUE(idle);
  EXPECT_TRUE(control.stopped());
}

// With no task, idle() completes at once.
TEST(background_tasks, IdleCompletesAtOnceWithoutTasks) {
  asio::io_context control;
  background tasks(control.get_executor());
  bool idle = false;
  asio::co_spawn(control, tell_idle(tasks, idle), asio::detached);
  control.poll();
  EXPECT_TRUE(idle);
}

// Tasks are named once, with their number, sorted.
TEST(background_tasks, NamesAreCountedAndSorted) {
  asio::io_context control;
  background tasks(control.get_executor());
  const stop::event never;
  tasks.spawn("publish", never.wait());
  tasks.spawn("audit", never.wait());
  tasks.spawn("publish", fail());
  EXPECT_THAT(tasks.names(), ElementsAre("audit", "publish (2)"));
}

// A task that throws ends; nobody else notices.
TEST(background_tasks, AThrowingTaskEnds) {
  asio::io_context control;
  background tasks(control.get_executor());
  tasks.spawn("publish", fail());
  EXPECT_NO_THROW(control.run_for(5s));
  EXPECT_EQ(tasks.size(), 0u);
}

// cancel() reaches every task, also one that has not begun to run.
TEST(background_tasks, CancelReachesEveryTask) {
  asio::io_context control;
  background tasks(control.get_executor());
  const stop::event one, two;
  tasks.spawn("publish", one.wait());
  control.poll();
  tasks.spawn("publish", two.wait());
  tasks.cancel();
  control.run_for(5s);
  EXPECT_TRUE(control.stopped());
  EXPECT_EQ(tasks.size(), 0u);
}

// Tasks may be spawned from any thread and run on any, while somebody waits for them elsewhere.
TEST(background_tasks, AreSpawnedFromAnyThread) {
  asio::thread_pool pool(2);
  asio::io_context control;
  background tasks(pool.get_executor());
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n) tasks.spawn("publish", count(done));
    });
  for (auto& thread : threads) thread.join();
  bool idle = false;
  asio::co_spawn(control, tell_idle(tasks, idle), asio::detached);
  control.run_for(5s);
  EXPECT_TRUE(idle);
  EXPECT_EQ(done, 400);
  EXPECT_EQ(tasks.size(), 0u);
  pool.join();
}

// Tasks that are left when their context is destroyed go down with it, also after the counter itself.
TEST(background_tasks, LeftoversGoDownWithTheirContext) {
  const stop::event never;
  asio::io_context control;
  auto tasks = std::make_unique<background>(control.get_executor());
  tasks->spawn("publish", never.wait());
  bool idle = false;
  asio::co_spawn(control, tell_idle(*tasks, idle), asio::detached);
  control.poll();
  EXPECT_EQ(tasks->size(), 1u);
  EXPECT_FALSE(idle);
}

asio::awaitable<void> below(trace::span& own) {
  own.set("tries", 2);
  own.child("call", trace::kind::client).end();
  co_return;
}

// A task has a span: below its caller's where that is given, else a trace of its own.
TEST(background_tasks, HaveSpans) {
  kept_spans sent;
  const trace::tracer traces(sent);
  asio::io_context control;
  background tasks(control.get_executor(), &traces);
  const auto caller = traces.start("caller");
  tasks.spawn("alone", fail());
  tasks.spawn("below", below, caller);
  EXPECT_EQ(sent.size(), 0u);
  control.run();
  EXPECT_TRUE(sent.named("alone").failed());
  EXPECT_EQ(sent.named("alone").parent(), "");
  EXPECT_EQ(sent.named("below").parent(), std::string_view(caller.where().span_text()));
  EXPECT_EQ(sent.named("below").attribute("tries"), "2");
  EXPECT_EQ(sent.named("call").parent(), sent.named("below").id());
}

TEST(background_tasks, HaveNoSpansWithoutTraces) {
  asio::io_context control;
  background tasks(control.get_executor());
  bool empty = false;
  tasks.spawn("none", [&](trace::span& own) -> asio::awaitable<void> {
    empty = !own;
    co_return;
  });
  control.run();
  EXPECT_TRUE(empty);
}

}  // namespace
}  // namespace sundown::test
