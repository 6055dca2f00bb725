#include "unit/stop/fakes.hpp"

#include "stop/watchdog.hpp"

#include <gmock/gmock.h>

#include <future>
#include <latch>
#include <thread>

namespace sundown::test {
namespace {

using stop::stop_kind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class shutdown_deadline : public stop_test {};

// When a server never drains, the fallback names what is open, aborts it and forces the exit before the total.
TEST_F(shutdown_deadline, TheFallbackFiresWhenADrainHangs) {
  auto& stop = make(small_plan());
  fake_server server(entries);
  server.busy = server.ignores_abort = true;
  server.open_now = activity_of(1, 1, {{"GET /block", 400ms, ""}});
  stop.drains(server);
  stop.trigger(stop_kind::orderly, "test");
  run_until_forced();
  EXPECT_THAT(forced, ElementsAre(stop::work_was_cut));
  EXPECT_THAT(entries, Contains("abort: deadline"));
  ASSERT_EQ(stop.result().drain.cut.size(), 1u);
  EXPECT_EQ(stop.result().drain.cut[0].what, "GET /block");
  EXPECT_EQ(stop.result().drain.cut[0].why, "deadline");
  EXPECT_GE(stop.result().total, small_plan().fallback);
  server.finish_sessions();  // too late: the end has been written
  run();
  EXPECT_THAT(forced, ElementsAre(stop::work_was_cut));
  EXPECT_EQ(stop.exit_code(), stop::work_was_cut);
}

// The fallback does not depend on the strand: it fires while a closer blocks it.
TEST_F(shutdown_deadline, TheFallbackFiresBesideABlockedStrand) {
  struct blocking {
    std::latch& until;
    asio::awaitable<void> close() {
      until.wait();
      co_return;
    }
  };
  std::latch release(1);
  blocking rude{release};
  std::promise<int> code;
  stop::shutdown stop(control, small_plan(), [&](int c) { code.set_value(c); });
  stop.add("rude", rude);
  stop.trigger(stop_kind::orderly, "test");
  std::thread one([&] { control.run_for(20s); }), two([&] { control.run_for(20s); });
  auto forced_code = code.get_future();
  bool fired = forced_code.wait_for(10s) == std::future_status::ready;
  release.count_down();
  one.join();
  two.join();
  ASSERT_TRUE(fired);
  EXPECT_EQ(forced_code.get(), stop::work_was_cut);
  ASSERT_EQ(stop.result().closers.size(), 1u);
  EXPECT_EQ(stop.result().closers[0].result, stop::closer_result::outcome::overran);
}

// Success cancels the fallback: the context runs out of work long before it would fire.
TEST_F(shutdown_deadline, SuccessCancelsTheFallback) {
  auto& stop = make(stop::make_plan({}));
  auto begin = steady::now();
  trigger_and_run();
  EXPECT_LT(steady::now() - begin, 5s);
  EXPECT_EQ(stop.exit_code(), 0);
  EXPECT_THAT(forced, IsEmpty());
}

// The second Ctrl-C reports what is open and leaves at once, with its own code.
TEST_F(shutdown_deadline, ForceLeavesAtOnce) {
  auto& stop = make();
  fake_server server(entries);
  server.busy = server.ignores_abort = true;
  server.open_now = activity_of(1, 1, {{"GET /slow", 10ms, "", "4bf92f35"}});
  stop.drains(server);
  after(10ms, [&] { stop.force(stop::second_interrupt, "second SIGINT"); });
  stop.trigger(stop_kind::interactive, "SIGINT");
  run_until_forced();
  EXPECT_THAT(forced, ElementsAre(130));
  EXPECT_EQ(stop.exit_code(), 130);
  EXPECT_EQ(stop.result().trigger, "SIGINT, second SIGINT");
  EXPECT_EQ(stop.result().drain.cut.at(0).why, "second interrupt");
  EXPECT_EQ(stop.result().drain.cut.at(0).trace, "4bf92f35");
  EXPECT_LT(stop.result().total, 5s);
  server.finish_sessions();
  run();
  EXPECT_THAT(forced, ElementsAre(130));
}

// A fast stop as the first trigger aborts the sessions and still closes the resources.
TEST_F(shutdown_deadline, AFastStopAbortsSessionsAndClosesResources) {
  auto plan = stop::make_plan({});
  plan.ready_delay_min = plan.ready_delay_max = 5s;
  auto& stop = make(plan);
  fake_server server(entries);
  fake_resource store("store", entries);
  server.busy = true;
  stop.drains(server);
  stop.add("store", store);
  auto begin = steady::now();
  trigger_and_run(stop_kind::fast);
  EXPECT_LT(steady::now() - begin, 4s);
  EXPECT_THAT(entries, Contains("abort: fast stop"));
  EXPECT_EQ(store.calls, 1);
  EXPECT_EQ(stop.exit_code(), stop::work_was_cut);
}

// A fast stop on top of an orderly one ends ready_delay and the drain.
TEST_F(shutdown_deadline, AFastStopSpeedsUpAnOrderlyOne) {
  auto plan = stop::make_plan({});
  plan.ready_delay_min = plan.ready_delay_max = 5s;
  auto& stop = make(plan);
  fake_server server(entries);
  server.busy = true;
  stop.drains(server);
  after(10ms, [&] { stop.trigger(stop_kind::fast, "SIGQUIT"); });
  auto begin = steady::now();
  trigger_and_run();
  EXPECT_LT(steady::now() - begin, 4s);
  EXPECT_EQ(stop.result().drain.cut.at(0).why, "fast stop");
}

// A fast stop brings the limit of a closer that is already at work forward.
TEST_F(shutdown_deadline, AFastStopLimitsTheClosers) {
  auto plan = patient_plan();
  plan.total = 200ms;  // what the fast stop may take
  auto& stop = make(plan);
  fake_resource store("store", entries);
  store.waits_for.emplace();
  stop.add("store", store);
  store.on_close = [&] { stop.trigger(stop_kind::fast, "SIGQUIT"); };
  auto begin = steady::now();
  trigger_and_run();
  EXPECT_LT(steady::now() - begin, 5s);
  EXPECT_EQ(stop.result().closers.at(0).result, stop::closer_result::outcome::overran);
}

// The watchdog is armed at the trigger with the deadline, and knows the step at which the stop hangs.
TEST_F(shutdown_deadline, TheWatchdogIsArmedAtTheTrigger) {
  std::promise<int> code;
  stop::watchdog guard([&](int c) { code.set_value(c); });
  auto plan = small_plan();
  plan.total = 60ms;
  plan.fallback = 10s;
  auto& stop = make(plan);
  stop.guarded_by(guard);
  fake_server server(entries);
  server.busy = true;
  stop.drains(server);
  stop.trigger(stop_kind::orderly, "test");
  control.run_for(10ms);  // and then the control plane is stuck
  auto fired = code.get_future();
  ASSERT_EQ(fired.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(fired.get(), stop::watchdog_fired);
}

class shutdown_ready_delay : public stop_test {
 protected:
  /// Stops with that ready_delay, and says whether there was one. The step itself begins somewhat after the trigger,
  /// from which its limits count.
  bool delays_with(milliseconds min, milliseconds max, std::function<clock::time_point()> accepted,
                   stop_kind kind = stop_kind::orderly) {
    auto plan = stop::make_plan({});
    plan.ready_delay_min = min;
    plan.ready_delay_max = max;
    make(plan);
    fake_server server(entries);
    server.accepted = std::move(accepted);
    stop().drains(server);
    trigger_and_run(kind);
    const auto names = step_names(stop().result());
    return std::find(names.begin(), names.end(), "ready_delay") != names.end();
  }
  /// The whole stop, in which nothing else takes time.
  milliseconds took() { return stop().result().total; }
};

// At least min, even if no connection has come for long.
TEST_F(shutdown_ready_delay, LastsAtLeastMin) {
  EXPECT_TRUE(delays_with(60ms, 10s, [] { return steady::now() - 1h; }));
  EXPECT_GE(took(), 60ms);
  EXPECT_LT(took(), 5s);
}

// It ends one second after the last new connection.
TEST_F(shutdown_ready_delay, EndsASecondAfterTheLastConnection) {
  auto last = steady::now() - 900ms;
  EXPECT_TRUE(delays_with(0ms, 10s, [=] { return last; }));
  EXPECT_GE(steady::now() - last, 1s);
  EXPECT_LT(took(), 5s);
}

// A connection that comes while it waits makes it wait on.
TEST_F(shutdown_ready_delay, IsExtendedByANewConnection) {
  auto begin = steady::now();
  EXPECT_TRUE(delays_with(0ms, 10s, [=] { return steady::now() - begin < 40ms ? begin - 950ms : begin - 850ms; }));
  EXPECT_GE(steady::now() - begin, 150ms);
  EXPECT_LT(took(), 5s);
}

// At most max, however many connections come.
TEST_F(shutdown_ready_delay, LastsAtMostMax) {
  EXPECT_TRUE(delays_with(0ms, 80ms, [] { return steady::now(); }));
  EXPECT_GE(took(), 80ms);
  EXPECT_LT(took(), 5s);
}

// A person at a terminal does not wait for load balancers.
TEST_F(shutdown_ready_delay, IsSkippedForAnInteractiveStop) {
  EXPECT_FALSE(delays_with(2s, 5s, [] { return steady::now(); }, stop_kind::interactive));
}

}  // namespace
}  // namespace sundown::test
