#include <sundown/stop/budget.hpp>

#include <gmock/gmock.h>

#include <random>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using stop::budget;
using stop::faults;
using stop::make_plan;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The default plan has the figures that config/service.toml and the README promise.
TEST(stop_plan, HasThePromisedFiguresByDefault) {
  auto plan = make_plan({});
  EXPECT_EQ(plan.total, 8s);
  EXPECT_EQ(plan.idle_grace, 500ms);
  EXPECT_EQ(plan.header_grace, 2s);
  EXPECT_EQ(plan.stall_limit, 3s);
  EXPECT_EQ(plan.stream_grace, 1s);
  EXPECT_EQ(plan.websocket_grace, 1s);
  EXPECT_EQ(plan.hard_cancel, 4500ms);
  EXPECT_EQ(plan.drain, 5500ms);
  EXPECT_EQ(plan.background, 1s);
  EXPECT_EQ(plan.closers, 1s);
  EXPECT_EQ(plan.fallback, 7750ms);
  EXPECT_EQ(plan.watchdog, 250ms);
  EXPECT_THAT(faults({}), IsEmpty());
  EXPECT_THAT(to_string(plan), HasSubstr("drain 5.5s (hard_cancel 4.5s, idle_grace 500ms"));
}

// A larger total goes to the drain; ready_delay is taken from it.
TEST(stop_plan, GivesALargerTotalToTheDrain) {
  shutdown_config config;
  config.total = 25s;
  config.ready_delay = {2s, 5s};
  auto plan = make_plan(config);
  EXPECT_EQ(plan.drain, 17500ms);
  EXPECT_EQ(plan.hard_cancel, 16500ms);
  EXPECT_EQ(plan.idle_grace, 500ms);
  EXPECT_THAT(faults(config), IsEmpty());
}

// Changing only the total always gives a plan that fits, whose points of time come in order.
TEST(stop_plan, FitsForEveryTotal) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> totals(500, 120'000);
  for (int i = 0; i < 5'000; ++i) {
    shutdown_config config;
    config.total = milliseconds(i < 1'000 ? 500 + i : totals(random));
    if (i % 3 == 0) config.ready_delay.max = config.total / 8;
    if (i % 6 == 0) config.ready_delay.min = config.ready_delay.max / 2;
    ASSERT_THAT(faults(config), IsEmpty()) << config.total.count();
    budget running(make_plan(config));
    running.start(clock::now(), i % 2 == 0);
    const auto& plan = running.plan();
    ASSERT_GE(plan.watchdog, 50ms);
    ASSERT_LE(plan.idle_grace, plan.drain);
    ASSERT_LE(plan.header_grace, plan.drain);
    ASSERT_LE(running.trigger_time(), running.ready_delay_min_end());
    ASSERT_LE(running.ready_delay_min_end(), running.ready_delay_max_end());
    ASSERT_LT(running.ready_delay_max_end(), running.hard_cancel_at());
    ASSERT_LT(running.hard_cancel_at(), running.drain_end());
    ASSERT_LT(running.drain_end(), running.background_end());
    ASSERT_LT(running.background_end(), running.closers_end());
    ASSERT_LE(running.closers_end() + 50ms, running.fallback_at());
    ASSERT_EQ(running.fallback_at() + plan.watchdog, running.deadline());
    ASSERT_EQ(running.deadline(), running.trigger_time() + config.total);
  }
}

// What a plan can't hold is said in one sentence with the keys and the figures.
TEST(stop_plan, SaysWhatDoesNotFit) {
  shutdown_config config;
  config.drain = 9s;
  EXPECT_THAT(faults(config),
              ElementsAre("shutdown.drain 9s does not fit in shutdown.total 8s: shutdown.ready_delay.max 0s + "
                          "shutdown.drain 9s + shutdown.background 1s + shutdown.closers 1s + 500ms reserve = 11.5s"));
}

// Each contradiction is found, all of them at once.
TEST(stop_plan, FindsEveryContradiction) {
  shutdown_config config;
  config.ready_delay = {3s, 1s};
  config.hard_cancel = 7s;
  config.idle_grace = 10s;
  config.stream_grace = -1s;
  EXPECT_THAT(faults(config), testing::UnorderedElementsAre(
                                  HasSubstr("shutdown.ready_delay.min 3s is longer than shutdown.ready_delay.max 1s"),
                                  HasSubstr("shutdown.hard_cancel 7s is longer than shutdown.drain 4.5s"),
                                  HasSubstr("shutdown.idle_grace 10s is longer than shutdown.drain 4.5s"),
                                  HasSubstr("shutdown.stream_grace -1s is negative")));

  shutdown_config short_total;
  short_total.total = 499ms;
  EXPECT_THAT(faults(short_total), ElementsAre(HasSubstr("shutdown.total 499ms is too short")));

  shutdown_config no_drain;
  no_drain.ready_delay.max = 6s;
  EXPECT_THAT(faults(no_drain), ElementsAre(HasSubstr("no time is left to drain in shutdown.total 8s")));
}

// Whatever is configured: a plan without faults keeps its points of time in order and within the total.
TEST(stop_plan, WithoutFaultsIsInOrder) {
  std::mt19937 random(2);
  auto some = [&](int most) { return milliseconds(std::uniform_int_distribution<int>(0, most)(random)); };
  auto maybe = [&](int most) { return random() % 2 == 0 ? std::optional(some(most)) : std::nullopt; };
  int fitting = 0;
  for (int i = 0; i < 20'000; ++i) {
    shutdown_config config;
    config.total = some(20'000);
    config.ready_delay = {some(1'000), some(3'000)};
    config.hard_cancel = maybe(5'000);
    config.drain = maybe(10'000);
    config.background = maybe(2'000);
    config.closers = maybe(2'000);
    config.idle_grace = maybe(1'000);
    if (!faults(config).empty()) continue;
    ++fitting;
    budget running(make_plan(config));
    running.start(clock::now(), true);
    ASSERT_LE(running.ready_delay_min_end(), running.ready_delay_max_end());
    ASSERT_LE(running.ready_delay_max_end(), running.hard_cancel_at());
    ASSERT_LE(running.hard_cancel_at(), running.drain_end());
    ASSERT_LE(running.drain_end(), running.background_end());
    ASSERT_LE(running.background_end(), running.closers_end());
    ASSERT_LT(running.closers_end(), running.fallback_at());
    ASSERT_LT(running.fallback_at(), running.deadline());
  }
  EXPECT_GT(fitting, 1'000);
}

// A stop without ready_delay has all later points earlier by it, but the same deadline.
TEST(stop_budget, MovesForwardWithoutReadyDelay) {
  shutdown_config config;
  config.ready_delay = {1s, 2s};
  budget with(make_plan(config)), without(make_plan(config));
  auto now = clock::now();
  with.start(now, true);
  without.start(now, false);
  EXPECT_EQ(without.ready_delay_max_end(), now);
  EXPECT_EQ(with.drain_end() - without.drain_end(), 2s);
  EXPECT_EQ(with.closers_end() - without.closers_end(), 2s);
  EXPECT_EQ(with.deadline(), without.deadline());
}

// A fast stop brings every point forward to within a second, and never puts one back.
TEST(stop_budget, HurriesToWithinASecond) {
  budget running(make_plan({}));
  auto begin = clock::now();
  running.start(begin, true);
  running.hurry(begin + 100ms);
  EXPECT_EQ(running.hard_cancel_at(), begin + 100ms);
  EXPECT_LT(running.drain_end(), running.background_end());
  EXPECT_LT(running.background_end(), running.closers_end());
  EXPECT_LT(running.closers_end(), running.fallback_at());
  EXPECT_LE(running.deadline(), begin + 1100ms);

  budget late(make_plan({}));
  late.start(begin, true);
  late.hurry(begin + 7900ms);
  EXPECT_EQ(late.deadline(), begin + 8s);
  EXPECT_EQ(late.fallback_at(), begin + 7750ms);
}

// After a gap each step that is left has its share of the moment.
TEST(stop_budget, ResumesWithAShareForEachStep) {
  budget running(make_plan({}));
  const auto begin = clock::now();
  running.start(begin, true);
  const auto late = begin + 20s, until = late + 1s;
  running.resume(late, until);
  EXPECT_EQ(running.hard_cancel_at(), late + 100ms);
  EXPECT_EQ(running.drain_end(), late + 200ms);
  EXPECT_EQ(running.background_end(), late + 350ms);
  EXPECT_EQ(running.closers_end(), late + 800ms);
  EXPECT_EQ(running.fallback_at(), late + 900ms);
  EXPECT_EQ(running.deadline(), until);
}

// What is still to come is not brought forward by it.
TEST(stop_budget, ResumingBringsNothingForward) {
  budget running(make_plan({}));
  const auto begin = clock::now();
  running.start(begin, true);
  const auto drain_end = running.drain_end();
  running.resume(begin + 1s, begin + 2s);
  EXPECT_EQ(running.drain_end(), drain_end);
  EXPECT_EQ(running.deadline(), begin + 8s);
}

// Before the trigger the whole total remains; after the deadline nothing does.
TEST(stop_budget, RemainingIsNeverNegative) {
  budget running(make_plan({}));
  EXPECT_EQ(running.remaining(), 8s);
  running.start(clock::now() - 1min, true);
  EXPECT_EQ(running.remaining(), 0ms);
}

}  // namespace
}  // namespace sundown::test
