#include "unit/stop/fakes.hpp"

#include "process/worker_pool.hpp"

#include <boost/asio/detached.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <csignal>
#include <future>
#include <latch>
#include <set>
#include <thread>

#include <pthread.h>

namespace sundown::test {
namespace {

using process::worker_pool;
using testing::ElementsAre;
using testing::IsEmpty;

// Every context has one thread of its own, named, with all signals blocked.
TEST(workers, EachContextHasItsOwnThread) {
  worker_pool pool(3, {});
  std::mutex mutex;
  std::set<std::string> names;
  std::set<std::thread::id> threads;
  std::atomic<bool> all_blocked{true};
  std::latch seen(3);
  pool.start();
  for (std::size_t i = 0; i < pool.size(); ++i)
    asio::post(pool.context(i), [&] {
      char name[16] = {};
      pthread_getname_np(pthread_self(), name, sizeof name);
      sigset_t mask;
      pthread_sigmask(SIG_SETMASK, nullptr, &mask);
      if (!sigismember(&mask, SIGTERM) || !sigismember(&mask, SIGINT)) all_blocked = false;
      {
        std::lock_guard lock(mutex);
        names.insert(name);
        threads.insert(std::this_thread::get_id());
      }
      seen.count_down();
    });
  seen.wait();
  EXPECT_THAT(pool.join(steady::now() + 5s), IsEmpty());
  EXPECT_THAT(names, ElementsAre("worker 0", "worker 1", "worker 2"));
  EXPECT_EQ(threads.size(), 3u);
  EXPECT_TRUE(all_blocked);
}

// The caller's own signals are not blocked by starting workers.
TEST(workers, LeaveTheCallersSignalsAlone) {
  worker_pool pool(1, {});
  pool.start();
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_FALSE(sigismember(&mask, SIGTERM));
}

// A handler's exception is reported, and the worker goes on with its other work.
TEST(workers, GoOnAfterAnException) {
  std::promise<std::string> failure;
  std::promise<void> went_on;
  worker_pool pool(1, [&](std::string what) { failure.set_value(std::move(what)); });
  pool.start();
  asio::post(pool.context(0), [] { throw std::runtime_error("boom"); });
  asio::post(pool.context(0), [&] { went_on.set_value(); });
  auto what = failure.get_future();
  ASSERT_EQ(what.wait_for(5s), std::future_status::ready);
  EXPECT_EQ(what.get(), "worker 0: boom");
  EXPECT_EQ(went_on.get_future().wait_for(5s), std::future_status::ready);
}

// join() names the threads that a handler blocks, at its deadline; the pool can be destroyed under them.
TEST(workers, JoinIsBounded) {
  auto release = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::promise<void>>();
  auto has_ended = ended->get_future();
  {
    worker_pool pool(2, {});
    pool.start();
    asio::post(pool.context(1), [held = release->get_future().share(), ended] {
      held.wait();
      ended->set_value();
    });
    EXPECT_THAT(pool.join(steady::now() + 1s), ElementsAre("worker 1"));
    EXPECT_EQ(pool.waiting_for(), "1 of 2 running");
  }
  release->set_value();
  EXPECT_EQ(has_ended.wait_for(5s), std::future_status::ready);
}

// As a resource, the pool is closed when its last worker has run out of work.
TEST_F(stop_test, WorkersAreAClosableResource) {
  worker_pool pool(2, {});
  auto& stop = make();
  stop.add("workers", pool);
  pool.start();
  std::atomic<int> done{0};
  for (int i = 0; i < 100; ++i) asio::post(pool.context(static_cast<std::size_t>(i) % 2), [&] { ++done; });
  trigger_and_run();
  EXPECT_EQ(done, 100);
  EXPECT_EQ(stop.exit_code(), 0);
  EXPECT_EQ(pool.waiting_for(), "");
}

}  // namespace
}  // namespace sundown::test
