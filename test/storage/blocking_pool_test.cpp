#include <sundown/blocking.hpp>

#include <sundown/stop/closable.hpp>

#include "support/worker_thread.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/system/system_error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <stdexcept>

#include <pthread.h>

namespace sundown::test {
namespace {

static_assert(stop::closable<blocking_pool>);

/// A call that tells when it runs and returns when it is released, or when the test gives up.
struct held_call {
  std::promise<void> started, release;
  std::shared_future<void> released = release.get_future().share();

  auto call() {
    return [this]() -> result<int> {
      started.set_value();
      released.wait_for(ample);
      return 1;
    };
  }
};

template <class F>
task<std::invoke_result_t<F&>> on_worker(blocking_pool& pool, F f) {
  co_return co_await pool.async_run(std::move(f), use_task);
}

template <class F>
asio::awaitable<std::invoke_result_t<F&>> on_control(blocking_pool& pool, F f) {
  co_return co_await pool.async_run(std::move(f), asio::use_awaitable);
}

result<int> seven() { return 7; }

class BlockingPool : public testing::Test {
 protected:
  /// What a caller is told whose limit passes while the call runs; under load it may pass before, and is longer then.
  template <class Enter>
  error overruns(held_call& held, Enter enter) {
    for (std::chrono::milliseconds limit{2};;) {
      const auto outcome = worker.run(pool.call(held.call(), limit, enter()));
      if (outcome || outcome.error().detail.find("unknown") != std::string::npos) return outcome.error();
      if (outcome.error().code == errc::timed_out) limit *= 2;  // else the call before has not left its gate yet
    }
  }

  worker_thread worker, control;  // outlive the threads that answer them, as in the service
  blocking_pool pool{{.threads = 1, .queue = 1}};
};

task<bool> thread_changes_and_returns(blocking_pool& pool) {
  const auto before = std::this_thread::get_id();
  const auto own_id = []() -> result<std::thread::id> { return std::this_thread::get_id(); };
  const auto inside = co_await pool.async_run(own_id, use_task);
  co_return *inside != before&& std::this_thread::get_id() == before;
}

// The call runs on a thread of the pool, its caller resumes on its own; coroutines of both planes can call.
TEST_F(BlockingPool, RunsElsewhereAndResumesHere) {
  EXPECT_EQ(worker.run(on_worker(pool, seven)).value(), 7);
  EXPECT_EQ(control.run(on_control(pool, seven)).value(), 7);
  EXPECT_TRUE(worker.run(thread_changes_and_returns(pool)));
}

// What is thrown where nobody waits for it, as by a timer's handler without memory, ends neither thread nor process.
TEST_F(BlockingPool, GoesOnAfterAnExceptionThatNobodyAwaits) {
  asio::post(pool.executor(), [] { throw std::bad_alloc(); });
  EXPECT_EQ(worker.run(on_worker(pool, seven)).value(), 7);
}

// Its threads take no signals, which belong to the control plane, and have names for those who look.
TEST_F(BlockingPool, ThreadsAreMaskedAndNamed) {
  const auto masked = [&]() -> result<bool> {
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, nullptr, &now);
    return sigismember(&now, SIGTERM) == 1 && sigismember(&now, SIGINT) == 1 && sigismember(&now, SIGHUP) == 1;
  };
  const auto name = []() -> result<std::string> {
    char text[16] = {};
    pthread_getname_np(pthread_self(), text, sizeof text);
    return std::string(text);
  };
  EXPECT_TRUE(worker.run(on_worker(pool, masked)).value());
  EXPECT_EQ(worker.run(on_worker(pool, name)).value(), "blocking-0");
}

// An exception from a call is an expected failure to its caller, and the pool goes on.
TEST_F(BlockingPool, ExceptionsBecomeErrors) {
  const auto outcome = worker.run(on_worker(pool, []() -> result<int> { throw std::runtime_error("broken"); }));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::unavailable);
  EXPECT_EQ(outcome.error().detail, "broken");
  EXPECT_EQ(worker.run(on_worker(pool, seven)).value(), 7);
}

// Whatever its type is: whoever waits is answered.
TEST_F(BlockingPool, AnyExceptionBecomesAnError) {
  const auto outcome = worker.run(on_worker(pool, []() -> result<int> { throw 42; }));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::unavailable);
  EXPECT_EQ(outcome.error().detail, "unknown exception");
  EXPECT_EQ(worker.run(on_worker(pool, seven)).value(), 7);
}

// With all threads busy and the queue full, a call is refused at once, and not inside the call that made it.
TEST_F(BlockingPool, RefusesOverItsBound) {
  held_call held;
  auto running = worker.start(on_worker(pool, held.call()));
  held.started.get_future().wait();
  auto queued = worker.start(on_worker(pool, seven));
  worker.run([]() -> task<> { co_return; }());  // the queued one has been started by now
  EXPECT_EQ(pool.waiting_for(), "2 calls");

  bool answered = false, inside = true;
  std::promise<errc> code;
  asio::post(worker.context(), [&] {
    pool.async_run(seven, asio::bind_executor(worker.context(), [&](result<int> outcome) {
                     answered = true;
                     code.set_value(outcome.error().code);
                   }));
    inside = answered;
  });
  EXPECT_EQ(await(code.get_future()), errc::busy);
  EXPECT_FALSE(inside);

  held.release.set_value();
  EXPECT_EQ(await(std::move(running)).value(), 1);
  EXPECT_EQ(await(std::move(queued)).value(), 7);
}

// A waiting call whose caller is cancelled is never run; the caller is answered at once.
TEST_F(BlockingPool, ACancelledCallThatWaitsNeverRuns) {
  held_call held;
  auto running = worker.start(on_worker(pool, held.call()));
  held.started.get_future().wait();
  std::atomic<bool> ran{false};
  asio::cancellation_signal signal;
  auto waiting = worker.start(on_worker(pool,
                                        [&]() -> result<int> {
                                          ran = true;
                                          return 2;
                                        }),
                              signal);
  worker.cancel(signal);
  const auto outcome = await(std::move(waiting));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::canceled);
  EXPECT_THAT(outcome.error().detail, testing::HasSubstr("nothing was done"));
  held.release.set_value();
  EXPECT_EQ(await(std::move(running)).value(), 1);
  worker.run(pool.close());
  EXPECT_FALSE(ran);
}

// A call that runs can't be stopped, but its caller is released, and told that the outcome is unknown.
TEST_F(BlockingPool, ACancelledCallThatRunsReleasesItsCaller) {
  held_call held;
  asio::cancellation_signal signal;
  auto running = worker.start(on_worker(pool, held.call()), signal);
  held.started.get_future().wait();
  worker.cancel(signal);
  const auto outcome = await(std::move(running));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::canceled);
  EXPECT_THAT(outcome.error().detail, testing::HasSubstr("unknown"));
  EXPECT_EQ(pool.waiting_for(), "1 call");
  held.release.set_value();
  worker.run(pool.close());
}

// A call with a limit: a caller that waits for longer is released as timed_out, and told whether it was done.
TEST_F(BlockingPool, ACallHasALimit) {
  held_call held;
  const auto overrun = overruns(held, [] { return detail::call_gate::pass(); });
  EXPECT_EQ(overrun.code, errc::timed_out);
  EXPECT_THAT(overrun.detail, testing::StartsWith("no answer within "));
  const auto never = worker.run(pool.call(seven, std::chrono::milliseconds(1)));  // its thread is held
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, errc::timed_out);
  EXPECT_THAT(never.error().detail, testing::HasSubstr("nothing was done"));
  held.release.set_value();
  worker.run(pool.close());
}

// Within its limit it is answered with what it returns; a caller that is cancelled is answered `canceled`, no
// timed_out.
TEST_F(BlockingPool, ACallWithALimitIsAnsweredAndCanBeCancelled) {
  EXPECT_EQ(worker.run(pool.call(seven, ample)).value(), 7);
  held_call held;
  asio::cancellation_signal signal;
  auto running = worker.start(pool.call(held.call(), ample), signal);
  held.started.get_future().wait();
  worker.cancel(signal);
  EXPECT_EQ(await(std::move(running)).error().code, errc::canceled);
  held.release.set_value();
  worker.run(pool.close());
}

// A gate counts its calls until they have ended, whatever their callers do, and its refusal is the answer.
TEST_F(BlockingPool, ACallStaysInsideItsGate) {
  detail::call_gate gate(1);
  held_call held;
  EXPECT_EQ(overruns(held, [&] { return gate.enter(); }).code, errc::timed_out);
  EXPECT_EQ(gate.describe("call"), "1 call");
  EXPECT_EQ(worker.run(pool.call(seven, ample, gate.enter())).error().code, errc::busy);
  gate.shut();
  EXPECT_EQ(worker.run(pool.call(seven, ample, gate.enter())).error().code, errc::canceled);
  held.release.set_value();
  control.run(pool.close());
  EXPECT_EQ(gate.describe("call"), "");
}

// close() awaits what runs and what waits, refuses what comes, and blocks nobody meanwhile; a second one returns.
TEST_F(BlockingPool, CloseAwaitsTheCalls) {
  held_call held;
  auto running = worker.start(on_worker(pool, held.call()));
  held.started.get_future().wait();
  auto queued = worker.start(on_worker(pool, seven));
  worker.run([]() -> task<> { co_return; }());
  auto closing = control.start(pool.close());
  control.run([]() -> task<> { co_return; }());  // the control thread is free: close() doesn't block it
  EXPECT_EQ(worker.run(on_worker(pool, seven)).error().code, errc::canceled);
  EXPECT_EQ(closing.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  held.release.set_value();
  EXPECT_EQ(await(std::move(running)).value(), 1);
  EXPECT_EQ(await(std::move(queued)).value(), 7);
  await(std::move(closing));
  EXPECT_EQ(pool.waiting_for(), "");
  control.run(pool.close());
}

// close() obeys cancellation: it stops waiting for a call that hangs, and says so.
TEST_F(BlockingPool, CloseObeysCancellation) {
  held_call held;
  auto running = worker.start(on_worker(pool, held.call()));
  held.started.get_future().wait();
  asio::cancellation_signal signal;
  auto closing = control.start(pool.close(), signal);
  control.cancel(signal);
  EXPECT_THROW(await(std::move(closing)), boost::system::system_error);
  EXPECT_EQ(pool.waiting_for(), "1 call");
  held.release.set_value();
  EXPECT_EQ(await(std::move(running)).value(), 1);
}

// Every one of many calls from several workers is answered, none twice, whatever the timing.
TEST(BlockingPoolThreads, AnswersEveryCall) {
  worker_thread one, two;
  blocking_pool pool({.threads = 3, .queue = 5});
  std::atomic<int> ran{0};
  const auto count = [&]() -> result<int> { return ++ran; };
  std::vector<std::future<result<int>>> calls;
  for (int i = 0; i < 2'000; ++i) calls.push_back((i % 2 == 0 ? one : two).start(on_worker(pool, count)));
  int answered = 0, busy = 0;
  for (auto& call : calls) {
    const auto outcome = await(std::move(call));
    if (outcome) {
      ++answered;
    } else {
      EXPECT_EQ(outcome.error().code, errc::busy);
      ++busy;
    }
  }
  EXPECT_EQ(answered, ran);
  EXPECT_EQ(answered + busy, 2'000);
  one.run(pool.close());
}

}  // namespace
}  // namespace sundown::test
