#include "unit/stop/fakes.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>

#include <latch>
#include <thread>

namespace sundown::test {
namespace {

using stop::closer_result;
using stop::stop_kind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class shutdown_sequence : public stop_test {};

// The steps come in the order of the README's list, each once.
TEST_F(shutdown_sequence, StepsComeInOrder) {
  auto& stop = make();
  fake_server server(entries);
  fake_resource database("database", entries), cache("cache", entries);
  stop.on_trigger([&] { entries.push_back("trigger"); });
  stop.on_last([&] { entries.push_back("last"); });
  stop.drains(server);
  stop.add("database", database);
  stop.add("cache", cache);
  trigger_and_run();

  EXPECT_THAT(entries, ElementsAre("trigger", "announce", "listeners", "drain", "drained", "close cache",
                                   "closed cache", "close database", "closed database", "last"));
  EXPECT_THAT(step_names(stop.result()), ElementsAre("announce", "listeners", "sessions", "closers"));
  EXPECT_EQ(stop.exit_code(), stop::drained);
  EXPECT_EQ(stop.result().trigger, "test");
  EXPECT_THAT(forced, IsEmpty());
  EXPECT_FALSE(stop.left_behind());
}

// A service with nothing to do stops at once: nothing sleeps or polls.
TEST_F(shutdown_sequence, AnIdleServiceStopsAtOnce) {
  auto best = steady::duration::max();
  for (int i = 0; i < 20 && best > 100ms; ++i) {  // what else the machine does only ever adds
    auto& stop = make(stop::make_plan({}));
    fake_server server(entries);
    stop.drains(server);
    const auto begin = steady::now();
    trigger_and_run();
    best = std::min(best, steady::now() - begin);
    EXPECT_EQ(stop.exit_code(), 0);
    control.restart();
  }
  EXPECT_LE(best, 100ms);
}

// All servers drain at the same time, and closers wait for the last of them.
TEST_F(shutdown_sequence, ServersDrainTogether) {
  auto& stop = make();
  fake_server one(entries), two(entries);
  fake_resource store("store", entries);
  one.busy = two.busy = true;
  one.summary.completed = 3;
  two.summary.completed = 4;
  stop.drains(one);
  stop.drains(two);
  stop.add("store", store);
  const auto both_drain = [&] {
    if (std::count(entries.begin(), entries.end(), "drain") != 2) return;
    after(10ms, [&] {
      EXPECT_EQ(store.calls, 0);
      two.finish_sessions();
      asio::post(control, [&] { one.finish_sessions(); });
    });
  };
  one.on_drain = two.on_drain = both_drain;
  trigger_and_run();
  EXPECT_EQ(store.calls, 1);
  EXPECT_EQ(stop.result().drain.completed, 7u);
  EXPECT_EQ(stop.exit_code(), 0);
}

// Work that a server had to cut makes the exit code 3, and is in the report.
TEST_F(shutdown_sequence, CutWorkIsReported) {
  auto& stop = make();
  fake_server server(entries);
  server.summary.cut = {{"GET /slow", 3200ms, "drain"}};
  stop.drains(server);
  trigger_and_run();
  EXPECT_EQ(stop.exit_code(), stop::work_was_cut);
  ASSERT_EQ(stop.result().drain.cut.size(), 1u);
  EXPECT_EQ(stop.result().drain.cut[0].what, "GET /slow");
}

// A drain that fails is a runtime failure; its sessions are aborted, and the resources are still closed.
TEST_F(shutdown_sequence, AFailingDrainStillClosesResources) {
  auto& stop = make();
  fake_server server(entries);
  fake_resource store("store", entries);
  server.drain_throws = true;
  stop.drains(server);
  stop.add("store", store);
  trigger_and_run();
  EXPECT_EQ(stop.exit_code(), stop::failed);
  EXPECT_EQ(stop.result().failure, "drain: no drain");
  EXPECT_THAT(entries, Contains("abort: drain failed"));
  EXPECT_EQ(store.calls, 1);
}

// A listener that a blocked worker can't close does not keep the other sessions from draining.
TEST_F(shutdown_sequence, AStuckListenerDoesNotHoldUpTheDrain) {
  auto plan = patient_plan();
  plan.drain = 4s;  // of which listeners have a quarter
  auto& stop = make(plan);
  fake_server server(entries);
  server.listeners_hang = true;
  server.busy = true;
  stop.drains(server);
  server.on_drain = [&] {
    EXPECT_FALSE(server.listeners_closed);
    server.finish_listeners();
    after(1ms, [&] { server.finish_sessions(); });
  };
  trigger_and_run();
  EXPECT_THAT(entries, Contains("drained"));
  EXPECT_EQ(stop.exit_code(), 0);
}

// Triggers from many threads at once start one stop.
TEST_F(shutdown_sequence, TriggersFromManyThreadsStartOneStop) {
  auto& stop = make();
  fake_server server(entries);
  fake_resource store("store", entries);
  stop.drains(server);
  stop.add("store", store);
  std::latch go(8);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      go.arrive_and_wait();
      stop.trigger(i % 2 == 0 ? stop_kind::orderly : stop_kind::interactive, "thread");
      EXPECT_TRUE(stop.stopping());
      stop.snapshot();
    });
  for (auto& thread : threads) thread.join();
  run();
  EXPECT_EQ(std::count(entries.begin(), entries.end(), "announce"), 1);
  EXPECT_EQ(store.calls, 1);
}

// A repeated trigger changes nothing, least of all the deadline.
TEST_F(shutdown_sequence, ARepeatedTriggerChangesNothing) {
  auto& stop = make();
  fake_server server(entries);
  server.busy = true;
  stop.drains(server);
  clock::time_point deadline;
  after(10ms, [&] {
    deadline = stop.clock().deadline();
    stop.trigger(stop_kind::orderly, "again");
  });
  after(30ms, [&] {
    EXPECT_EQ(stop.clock().deadline(), deadline);
    server.finish_sessions();
  });
  trigger_and_run();
  EXPECT_EQ(stop.result().trigger, "test");
  EXPECT_EQ(std::count(entries.begin(), entries.end(), "announce"), 1);
  EXPECT_EQ(stop.exit_code(), 0);
}

// A runtime failure stops the service in order, and its exit code says failed.
TEST_F(shutdown_sequence, ARuntimeFailureStopsInOrder) {
  auto& stop = make();
  fake_resource store("store", entries);
  stop.add("store", store);
  stop.fail("worker 0: boom");
  run();
  EXPECT_EQ(stop.exit_code(), stop::failed);
  EXPECT_EQ(stop.result().failure, "worker 0: boom");
  EXPECT_EQ(store.calls, 1);
}

// The report is one JSON object on one line, time first, with everything that happened.
TEST_F(shutdown_sequence, TheReportIsOneJsonLine) {
  auto& stop = make();
  fake_server server(entries);
  fake_resource store("store", entries);
  store.throw_later = true;
  server.open_now = activity_of(5, 2, {{"GET /slow", 3200ms, ""}});
  server.summary.completed = 1;
  server.summary.refused = 2;
  server.summary.swept = 3;
  server.summary.cut = {{"GET /\"x\"", 3200ms, "hard_cancel"}};
  stop.drains(server);
  stop.add("store", store);
  trigger_and_run();

  auto text = to_json(stop.result());
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(text.rfind("{\"time\":\"", 0), 0u);
  auto json = boost::json::parse(text).as_object();
  EXPECT_EQ(json["message"], "shutdown report");
  EXPECT_EQ(json["trigger"], "test");
  EXPECT_EQ(json["exit_code"], 3);
  EXPECT_EQ(json["connections_at_signal"], 5);
  EXPECT_EQ(json["requests_at_signal"], 2);
  EXPECT_EQ(json["completed"], 1);
  EXPECT_EQ(json["refused"], 2);
  EXPECT_EQ(json["swept"], 3);
  EXPECT_EQ(json["cut"].at(0).at("what"), "GET /\"x\"");
  EXPECT_EQ(json["cut"].at(0).at("seconds"), 3.2);
  EXPECT_EQ(json["closers"].at(0).at("result"), "failed");
  EXPECT_EQ(json["closers"].at(0).at("error"), "broken later");
  EXPECT_EQ(json["steps"].as_array().size(), stop.result().steps.size());
}

// Before the last word the report says that it is none: it knows the time, what is lost and what is still to close, and
// has nothing that only the end can tell.
TEST_F(shutdown_sequence, TheReportSoFarHasNothingOfTheEnd) {
  auto plan = patient_plan();
  plan.drain = 10ms;
  plan.background = 20ms;
  auto& stop = make(plan);
  fake_resource traces("traces", entries), admin("admin", entries), store("store", entries);
  stop::background tasks(control.get_executor());
  const stop::event never;
  tasks.spawn("tell", never.wait());
  stop.finishes(tasks);
  stop.add("traces", traces);
  stop.add("admin", admin);
  stop.add("store", store);
  stop.counts_spans([] { return stop::span_counts(3, 14); });
  std::string text;
  admin.on_close = [&] { text = to_json(stop.so_far()); };
  trigger_and_run();

  auto json = boost::json::parse(text).as_object();
  EXPECT_EQ(json["message"], "shutdown report so far");
  EXPECT_EQ(json["exit_code_so_far"], stop::work_was_cut);
  EXPECT_EQ(json["background_left"], boost::json::array{"tell"});
  EXPECT_EQ(json["closers"].as_array().size(), 1U);
  EXPECT_EQ(json["to_close"], (boost::json::array{"admin", "traces"}));
  EXPECT_EQ(json["spans"], (boost::json::object{{"sent", 3}, {"undelivered", 14}}));
  EXPECT_GE(json["seconds"].to_number<double>(), 0.01);
  EXPECT_FALSE(json["time"].as_string().starts_with("1970")) << text;
  EXPECT_FALSE(json.contains("exit_code")) << text;

  json = boost::json::parse(to_json(stop.so_far())).as_object();
  EXPECT_EQ(json["message"], "shutdown report");
  EXPECT_EQ(json["exit_code"], stop::work_was_cut);
  EXPECT_EQ(json["spans"].at("lost"), 14);
  EXPECT_FALSE(json.contains("to_close")) << to_json(stop.so_far());
}

// While stopping, the snapshot names the step, the oldest request and what a resource has under way.
TEST_F(shutdown_sequence, TheSnapshotSaysWhatIsWaitedFor) {
  struct talkative : fake_resource {
    using fake_resource::fake_resource;
    std::string waiting_for() const { return "1 op"; }
  };
  auto& stop = make();
  fake_server server(entries);
  talkative mongodb("mongodb", entries);
  server.busy = true;
  server.open_now = activity_of(3, 2, {{"GET /slow", 3200ms, ""}, {"GET /quick", 10ms, ""}});
  stop.drains(server);
  stop.add("mongodb", mongodb);
  EXPECT_EQ(stop.snapshot().step, "running");
  stop::shutdown::progress seen;
  server.on_drain = [&] {
    after(10ms, [&] {
      seen = stop.snapshot();
      server.finish_sessions();
    });
  };
  trigger_and_run();
  EXPECT_EQ(seen.step, "sessions");
  EXPECT_EQ(seen.waiting_for, "http 2 busy (GET /slow 3.2 s), mongodb 1 op");
  EXPECT_LE(seen.remaining, patient_plan().total);
  EXPECT_EQ(stop.snapshot().step, "done");
}

// Tracked tasks are waited for after the sessions and before the resources they may use are closed.
TEST_F(shutdown_sequence, BackgroundTasksFinishBeforeClosers) {
  auto& stop = make();
  stop::background tasks(control.get_executor());
  fake_resource store("store", entries);
  const stop::event published;
  stop.finishes(tasks);
  stop.add("store", store);
  tasks.spawn("publish", published.wait());
  after(10ms, [&] {
    EXPECT_EQ(store.calls, 0);
    published.set();
  });
  trigger_and_run();
  EXPECT_EQ(store.calls, 1);
  EXPECT_EQ(stop.exit_code(), 0);
  EXPECT_THAT(step_names(stop.result()), Contains("background"));
}

// A task that does not finish in time is named, asked to give up, and the exit code is 3.
TEST_F(shutdown_sequence, ALeftoverBackgroundTaskIsNamed) {
  auto plan = patient_plan();
  plan.drain = 20ms;
  plan.background = 30ms;
  auto& stop = make(plan);
  stop::background tasks(control.get_executor());
  fake_resource store("store", entries);
  const stop::event published;
  stop.finishes(tasks);
  stop.add("store", store);
  tasks.spawn("publish", published.wait());
  trigger_and_run();
  EXPECT_THAT(stop.result().unfinished_background, ElementsAre("publish"));
  EXPECT_EQ(stop.exit_code(), stop::work_was_cut);
  EXPECT_EQ(tasks.size(), 0u);
  EXPECT_FALSE(stop.left_behind());
  EXPECT_EQ(store.calls, 1);
}

}  // namespace
}  // namespace sundown::test
