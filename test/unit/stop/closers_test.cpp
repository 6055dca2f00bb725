#include "unit/stop/fakes.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using stop::closer_result;
using outcome = closer_result::outcome;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class shutdown_closers : public stop_test {
 protected:
  fake_resource first{"first", entries}, second{"second", entries}, third{"third", entries};

  stop::shutdown& make_with_three(const stop::stop_plan& plan = patient_plan()) {
    auto& stop = make(plan);
    stop.add("first", first);
    stop.add("second", second);
    stop.add("third", third);
    return stop;
  }
  /// A stop in which nothing else takes time.
  static stop::stop_plan all_for_closers(milliseconds time) {
    auto plan = patient_plan();
    plan.closers = time;
    plan.drain = plan.background = 0ms;
    return plan;
  }
  std::vector<std::pair<std::string, outcome>> results() {
    std::vector<std::pair<std::string, outcome>> all;
    for (const auto& done : stop().result().closers) all.emplace_back(done.name, done.result);
    return all;
  }
};

// Closers run one at a time: the next is not called before the one before it has really ended.
TEST_F(shutdown_closers, CloseOneAtATimeLastAddedFirst) {
  auto& stop = make_with_three();
  third.waits_for.emplace();
  third.on_close = [&] {
    after(5ms, [&] {
      EXPECT_THAT(entries, ElementsAre("close third"));
      EXPECT_EQ(stop.snapshot().step, "close third");
      EXPECT_EQ(stop.snapshot().waiting_for, "third");
      third.waits_for->set();
    });
  };
  trigger_and_run();
  EXPECT_THAT(entries, ElementsAre("close third", "closed third", "close second", "closed second", "close first",
                                   "closed first"));
  EXPECT_THAT(results(), ElementsAre(std::pair("third", outcome::closed), std::pair("second", outcome::closed),
                                     std::pair("first", outcome::closed)));
}

// What a resource was closed without, since the other side was away, is no fault; but the report has it.
TEST_F(shutdown_closers, WhatWasOmittedIsReported) {
  auto& stop = make_with_three();
  second.left_out = "QUIT: there was no connection";
  trigger_and_run();
  EXPECT_EQ(stop.result().closers[1].omitted, second.left_out);
  EXPECT_EQ(stop.exit_code(), stop::drained);
  EXPECT_THAT(to_json(stop.result()), testing::HasSubstr(R"("omitted":"QUIT: there was no connection")"));
}

// A resource that is closed, but whose other side was silent, is an overrun; there is nothing left behind.
TEST_F(shutdown_closers, ASilentPeerIsAnOverrun) {
  auto& stop = make_with_three();
  second.peer_silent = true;
  trigger_and_run();
  EXPECT_THAT(results(), ElementsAre(std::pair("third", outcome::closed), std::pair("second", outcome::overran),
                                     std::pair("first", outcome::closed)));
  EXPECT_THAT(stop.result().closers[1].error, testing::StartsWith("QUIT"));
  EXPECT_EQ(stop.exit_code(), stop::work_was_cut);
  EXPECT_FALSE(stop.left_behind());
  EXPECT_THAT(forced, IsEmpty());
}

// A closer that throws, before or after its first suspension, is reported; the others are closed; the exit code is 1.
TEST_F(shutdown_closers, AThrowingCloserIsReportedAndSkipped) {
  auto& stop = make_with_three();
  third.throw_at_once = true;
  second.throw_later = true;
  trigger_and_run();
  EXPECT_THAT(results(), ElementsAre(std::pair("third", outcome::failed), std::pair("second", outcome::failed),
                                     std::pair("first", outcome::closed)));
  EXPECT_EQ(stop.result().closers[0].error, "broken");
  EXPECT_EQ(stop.exit_code(), stop::failed);
  EXPECT_THAT(forced, IsEmpty());
}

// A closer that hangs is cancelled after its share and the others are closed. Also when it obeys, what it was closing
// is still there: the process leaves without destructors.
TEST_F(shutdown_closers, AHangingCloserIsCancelled) {
  auto& stop = make_with_three(all_for_closers(3s));
  third.waits_for.emplace();
  trigger_and_run();
  EXPECT_THAT(results(), ElementsAre(std::pair("third", outcome::overran), std::pair("second", outcome::closed),
                                     std::pair("first", outcome::closed)));
  EXPECT_FALSE(third.finished);
  EXPECT_TRUE(stop.left_behind());
  EXPECT_THAT(forced, ElementsAre(stop::work_was_cut));
  EXPECT_EQ(stop.exit_code(), stop::work_was_cut);
}

// A closer that ignores cancellation is left behind: the others are still closed, then the process leaves by
// force_exit, because no destructor may run under it.
TEST_F(shutdown_closers, AStubbornCloserIsLeftBehind) {
  auto& stop = make_with_three(all_for_closers(3s));
  third.waits_for.emplace();
  third.ignore_cancellation = true;
  stop.trigger(stop::stop_kind::orderly, "test");
  run_until_forced();  // the left-behind closer keeps the context from running out of work
  EXPECT_THAT(results(), ElementsAre(std::pair("third", outcome::overran), std::pair("second", outcome::closed),
                                     std::pair("first", outcome::closed)));
  EXPECT_TRUE(stop.left_behind());
  EXPECT_THAT(forced, ElementsAre(stop::work_was_cut));
}

// A left-behind closer may end at any later time, also when the shutdown is gone: it touches nothing of it.
TEST_F(shutdown_closers, ALeftBehindCloserMayEndLate) {
  auto& stop = make_with_three(all_for_closers(600ms));
  third.waits_for.emplace();
  third.ignore_cancellation = true;
  after(10ms, [&] { EXPECT_TRUE(stop.stopping()); });
  stop.trigger(stop::stop_kind::orderly, "test");
  run_until_forced();
  destroy_stop();
  third.waits_for->set();
  run();
  EXPECT_TRUE(third.finished);
}

// A context destroyed with a left-behind closer inside destroys the closer's frame too.
TEST_F(shutdown_closers, ALeftBehindCloserMayNeverEnd) {
  asio::io_context inner;
  std::vector<int> codes;
  fake_resource stuck("stuck", entries);
  stuck.waits_for.emplace();
  stuck.ignore_cancellation = true;
  stop::shutdown stop(inner, small_plan(), [&](int code) { codes.push_back(code); });
  stop.add("stuck", stuck);
  stop.trigger(stop::stop_kind::orderly, "test");
  while (codes.empty()) ASSERT_EQ(inner.run_one_for(10s), 1u);
  EXPECT_THAT(codes, ElementsAre(stop::work_was_cut));
}

// Time that earlier closers did not use rolls over to the later ones.
TEST_F(shutdown_closers, UnusedTimeRollsOver) {
  auto& stop = make_with_three(all_for_closers(3s));
  first.takes = 1300ms;  // more than a third of 3 s, less than what the other two leave
  trigger_and_run();
  EXPECT_TRUE(first.finished);
  EXPECT_EQ(stop.exit_code(), 0);
}

// One that needs more than an equal share has it, if the others need little.
TEST_F(shutdown_closers, ASlowCloserHasHalfOfTheTime) {
  auto& stop = make_with_three(all_for_closers(6s));
  third.takes = 2100ms;  // the first one whose turn comes; a third would be 2 s
  trigger_and_run();
  EXPECT_TRUE(third.finished);
  EXPECT_EQ(stop.exit_code(), 0);
}

// Even if all of them hang and ignore cancellation, each closer is called once and the stop ends before the fallback.
TEST_F(shutdown_closers, EachIsCalledEvenIfAllHang) {
  auto& stop = make_with_three(all_for_closers(600ms));
  for (auto* resource : {&first, &second, &third}) {
    resource->waits_for.emplace();
    resource->ignore_cancellation = true;
  }
  stop.trigger(stop::stop_kind::orderly, "test");
  run_until_forced();
  EXPECT_THAT(entries, ElementsAre("close third", "close second", "close first"));
  EXPECT_EQ(stop.result().closers.size(), 3u);
  EXPECT_THAT(forced, ElementsAre(stop::work_was_cut));
}

}  // namespace
}  // namespace sundown::test
