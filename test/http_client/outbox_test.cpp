// The outbox: at least once, in order, whatever the receiver, the store and the stop do.
#include "http_client/fixture.hpp"
#include "http_client/memory_outbox.hpp"
#include "http_client/receiver.hpp"
#include "support/kept_spans.hpp"
#include "support/random.hpp"
#include "support/testing.hpp"
#include "support/worker_thread.hpp"

#include <sundown/http_client.hpp>
#include <sundown/log.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <optional>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// An outbox on a store, as a part of a service has it.
class delivering {
 public:
  explicit delivering(memory_outbox& store, std::string url, milliseconds lease = 1min, milliseconds timeout = 20s,
                      const trace::tracer* traces = nullptr)
      : outbox_(client_, store, settings_for(std::move(url), lease, timeout), traces) {
    log::set_level(log::level::off);
    outbox_.start();
  }
  ~delivering() { close(); }

  http_client::outbox& outbox() { return outbox_; }
  void close() {
    if (std::exchange(closed_, true)) return;
    worker_.run(outbox_.close());
    worker_.run(client_.close());
  }

 private:
  static http_client::outbox_settings settings_for(std::string url, milliseconds lease, milliseconds timeout) {
    http_client::outbox_settings how;
    how.url = std::move(url);
    how.lease = lease;
    how.timeout = timeout;
    how.retry_max = 20ms;
    return how;
  }

  /// Nobody reads the answers.
  static http_client::settings client_settings() {
    auto how = patient_client();
    how.answer_limit = 1000;
    return how;
  }

  worker_thread worker_;
  http_client::client client_{client_settings()};
  http_client::outbox outbox_;
  bool closed_ = false;
};

/// How often each came, in the order of the first times.
std::vector<std::string> first_times(const std::vector<std::string>& ids) {
  std::vector<std::string> firsts;
  for (const auto& id : ids)
    if (std::find(firsts.begin(), firsts.end(), id) == firsts.end()) firsts.push_back(id);
  return firsts;
}

bool all_gone(const memory_outbox& store) {
  return eventually(3 * ample, [&] { return store.waiting() == 0; });
}

// What is in the store at the start is delivered, and what is written later; each once while all is well, and those of
// one subject in order.
TEST(Outbox, DeliversWhatIsWritten) {
  memory_outbox store;
  const receiver there;
  for (int i = 0; i < 100; ++i) store.add("a", "a-" + std::to_string(100 + i));
  for (int i = 0; i < 100; ++i) store.add("s" + std::to_string(i), "s-" + std::to_string(i));
  delivering app(store, there.url());
  for (int i = 100; i < 200; ++i) store.add("a", "a-" + std::to_string(100 + i));
  ASSERT_TRUE(all_gone(store));
  EXPECT_EQ(there.accepted().size(), 300U);
  EXPECT_EQ(there.distinct().size(), 300U);
  auto of_one = there.accepted();
  std::erase_if(of_one, [](const auto& id) { return id.front() != 'a'; });
  EXPECT_TRUE(std::is_sorted(of_one.begin(), of_one.end()));
  EXPECT_THAT(there.malformed(), IsEmpty());
  EXPECT_EQ(app.outbox().delivered(), 300U);
  EXPECT_EQ(app.outbox().failed(), 0U);
  EXPECT_LE(store.largest_claim(), 64U);
}

trace::context origin(std::string_view flags) {
  return trace::context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-" + std::string(flags));
}

// Each attempt has a span below that in which the event was written, and the call one below it, which the receiver is
// told. An event of no trace, or of one that isn't sampled, has none.
TEST(Outbox, DeliversInTheTraceOfTheWrite) {
  memory_outbox store;
  const receiver there([](const std::string& id, int before) {
    return id == "a1" && before == 0 ? receiver::status(500) : receiver::no_content(id, before);
  });
  kept_spans sent;
  const trace::tracer traces(sent);
  store.add("a", "a1", origin("01"));
  store.add("a", "a2", origin("00"));
  store.add("a", "a3");
  delivering app(store, there.url(), 1min, 20s, &traces);
  ASSERT_TRUE(all_gone(store));
  app.close();
  const auto all = sent.all();
  ASSERT_EQ(all.size(), 4U) << "two attempts";
  for (const std::size_t attempt : {0U, 1U}) {
    const auto& call = all[2 * attempt];
    const auto& delivery = all[2 * attempt + 1];
    EXPECT_EQ(delivery.name(), "deliver event");
    EXPECT_EQ(delivery.kind(), 4);
    EXPECT_EQ(delivery.trace(), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(delivery.parent(), "00f067aa0ba902b7");
    EXPECT_EQ(delivery.attribute("messaging.message.id"), "a1");
    EXPECT_EQ(delivery.failed(), attempt == 0);
    EXPECT_EQ(call.name(), "POST");
    EXPECT_EQ(call.parent(), delivery.id());
    EXPECT_EQ(there.parents().at(attempt), "00-" + call.trace() + "-" + call.id() + "-01");
  }
  EXPECT_THAT(there.parents().at(2), AllOf(StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-"), EndsWith("-00")));
  EXPECT_EQ(there.parents().at(3), "");
}

// A process that traces nothing tells the receiver what the one that has written has left for it.
TEST(Outbox, PassesTheTraceOn) {
  memory_outbox store;
  const receiver there;
  store.add("a", "a1", origin("01"));
  delivering app(store, there.url());
  ASSERT_TRUE(all_gone(store));
  EXPECT_THAT(there.parents(), ElementsAre("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
}

// An event that is written while nothing is due is sent at once, not when the store is looked at again (1 s).
TEST(Outbox, IsWokenByAWrite) {
  memory_outbox store;
  const receiver there;
  delivering app(store, there.url());
  store.add("a", "a1");
  ASSERT_TRUE(all_gone(store));
  const auto best = [&] {
    auto shortest = milliseconds::max();
    for (int i = 0; i < 10 && shortest > 700ms; ++i) {
      const auto begun = clock::now();
      store.add("a", "b" + std::to_string(i));
      EXPECT_TRUE(all_gone(store));
      shortest = std::min(shortest, std::chrono::duration_cast<milliseconds>(clock::now() - begun));
    }
    return shortest;
  };
  EXPECT_LE(best(), 700ms);
}

struct failing_answer {
  const char* name;
  std::string bytes;
};

class OutboxRetries : public testing::TestWithParam<failing_answer> {};

// Whatever an answer is but 2xx, the event is sent again until it is that, and only then its subject's next one.
TEST_P(OutboxRetries, UntilItIsTaken) {
  memory_outbox store;
  const receiver there([](const std::string& id, int before) {
    return before < 3 && id == "a1" ? GetParam().bytes : receiver::no_content({}, 0);
  });
  store.add("a", "a1");
  store.add("a", "a2");
  delivering app(store, there.url());
  ASSERT_TRUE(all_gone(store));
  EXPECT_THAT(there.accepted(), ElementsAre("a1", "a2"));
  EXPECT_EQ(there.attempts("a1"), 4);
  EXPECT_EQ(there.attempts("a2"), 1);
  EXPECT_EQ(app.outbox().failed(), 3U);
}

INSTANTIATE_TEST_SUITE_P(All, OutboxRetries,
                         testing::Values(failing_answer{"ServerError", receiver::status(500)},
                                         failing_answer{"Unavailable", receiver::status(503, "Retry-After: 0\r\n")},
                                         failing_answer{"TooMany", receiver::status(429)},
                                         failing_answer{"NotFound", receiver::status(404)},
                                         failing_answer{"Unprocessable", receiver::status(422)},
                                         failing_answer{"Moved", receiver::status(301, "Location: /elsewhere\r\n")},
                                         failing_answer{"Closed", receiver::status(500, "Connection: close\r\n")},
                                         failing_answer{"NoHttp", "what?\r\n\r\n"}),
                         [](const auto& chosen) { return chosen.param.name; });

// An event that its receiver refuses holds up its own subject, and no other.
TEST(Outbox, RefusedEventHoldsUpItsSubjectAlone) {
  memory_outbox store;
  std::atomic<bool> refuses{true};
  const receiver there([&](const std::string& id, int) {
    return refuses && id == "bad1" ? receiver::status(422) : receiver::no_content({}, 0);
  });
  store.add("bad", "bad1");
  store.add("bad", "bad2");
  delivering app(store, there.url());
  ASSERT_TRUE(eventually(ample, [&] { return there.attempts("bad1") >= 3; }));
  for (int i = 0; i < 50; ++i) store.add("s" + std::to_string(i), "s-" + std::to_string(i));
  ASSERT_TRUE(eventually(ample, [&] { return store.waiting() == 2; }));
  EXPECT_EQ(there.attempts("bad2"), 0);
  EXPECT_GE(app.outbox().failed(), 3U);
  refuses = false;
  ASSERT_TRUE(all_gone(store));
  auto last_two = there.accepted();
  last_two.erase(last_two.begin(), last_two.end() - 2);
  EXPECT_THAT(last_two, ElementsAre("bad1", "bad2"));
}

// A receiver that is down is tried with one event at a time, however many wait, and has them all once it is back.
TEST(Outbox, ProbesAReceiverThatIsDown) {
  memory_outbox store;
  std::atomic<bool> down{true};
  std::atomic<int> at_once{0}, most{0};
  const receiver there([&](const std::string&, int) {
    if (!down) return receiver::no_content({}, 0);
    for (int now = ++at_once, seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    --at_once;
    return receiver::status(503);
  });
  for (int i = 0; i < 500; ++i) store.add("s" + std::to_string(i), "s-" + std::to_string(i));
  delivering app(store, there.url());
  ASSERT_TRUE(eventually(ample, [&] { return there.attempts() >= 20; }));
  EXPECT_EQ(store.waiting(), 500U);
  EXPECT_LE(most, 8);
  down = false;
  ASSERT_TRUE(all_gone(store));
  EXPECT_EQ(there.distinct().size(), 500U);
}

// Retry-After is kept to, of a receiver that is otherwise well again.
TEST(Outbox, WaitsAsLongAsItIsTold) {
  memory_outbox store;
  std::atomic<clock::time_point::rep> told{0}, came{0};
  const receiver there([&](const std::string&, int before) {
    (before == 0 ? told : came) = clock::now().time_since_epoch().count();
    return before == 0 ? receiver::status(429, "Retry-After: 1\r\n") : receiver::no_content({}, 0);
  });
  store.add("a", "a1");
  delivering app(store, there.url());
  ASSERT_TRUE(all_gone(store));
  EXPECT_GE(clock::duration(came - told), 990ms);
}

// 410 is the end of it, for an hour: nothing more is sent, and all stays.
TEST(Outbox, EndsWhereItIsNotWanted) {
  memory_outbox store;
  const receiver there([](const std::string&, int) { return receiver::status(410); });
  store.add("a", "a1");
  delivering app(store, there.url());
  ASSERT_TRUE(eventually(ample, [&] { return app.outbox().failed() == 1; }));
  ASSERT_TRUE(eventually(ample, [&] { return store.held() == 0; }));
  store.add("b", "b1");
  app.close();
  EXPECT_EQ(there.attempts(), 1);
  EXPECT_EQ(store.waiting(), 2U);
  EXPECT_EQ(app.outbox().omitted(), "events of 2 subjects, which stay in the store until they are delivered");
}

// The status counts, however much stands behind it: one that accepts is not asked again.
TEST(Outbox, LargeAnswer) {
  memory_outbox store;
  const receiver there([](const std::string&, int) {
    return "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x');
  });
  for (const auto* id : {"a1", "a2", "a3"}) store.add("a", id);
  const delivering app(store, there.url());
  ASSERT_TRUE(all_gone(store));
  EXPECT_THAT(there.accepted(), ElementsAre("a1", "a2", "a3"));
}

// An answer that is lost is one that the event may have had: it is sent again, under the same id.
TEST(Outbox, LostAnswerMeansAgain) {
  memory_outbox store;
  const receiver there;
  fault_proxy between({"127.0.0.1", there.port()});
  delivering app(store, "http://" + between.text() + "/hook");
  between.cut_answer_after(0);
  store.add("a", "a1");
  store.add("a", "a2");
  ASSERT_TRUE(all_gone(store));
  EXPECT_THAT(there.accepted(), ElementsAre("a1", "a1", "a2"));
}

// A stop in which the receiver is silent is short; what it was sent stays, for anybody at once.
TEST(Outbox, StopsBesideASilentReceiver) {
  memory_outbox store;
  const receiver silent([](const std::string&, int) { return std::string(); });
  for (int i = 0; i < 20; ++i) store.add("s" + std::to_string(i), "s-" + std::to_string(i));
  delivering app(store, silent.url(), 2min, 1min);
  ASSERT_TRUE(eventually(ample, [&] { return silent.attempts() == 8; }));
  EXPECT_THAT(app.outbox().waiting_for(), AnyOf("7 deliveries", "8 deliveries"));
  const auto begun = clock::now();
  app.close();
  EXPECT_LT(clock::now() - begun, ample / 2);
  EXPECT_EQ(store.waiting(), 20U);
  EXPECT_EQ(store.held(), 0U);
  EXPECT_THAT(app.outbox().omitted(), StartsWith("events of 20 subjects"));
  EXPECT_EQ(app.outbox().waiting_for(), "");

  const receiver there;
  delivering next(store, there.url());
  ASSERT_TRUE(all_gone(store));
  EXPECT_EQ(there.distinct().size(), 20U);
}

// A stop delivers the events of the last requests, where the receiver answers in the time that there is: 50 ms, which
// are enough unless the machine does something else. What it doesn't deliver is there.
TEST(Outbox, StopDeliversTheLast) {
  int all = 0, left = 0;
  while (all < 20 || (left == all && all < 100)) {
    memory_outbox store;
    const receiver there;
    delivering app(store, there.url());
    store.add("a", "a1");
    app.close();
    ++all;
    left += static_cast<int>(store.waiting());
    EXPECT_EQ(store.held(), 0U);
    EXPECT_TRUE(store.waiting() == 1 || there.distinct().size() == 1);
  }
  EXPECT_LT(left, all);
}

// Closed before it has begun, or without anything to do, it is closed.
TEST(Outbox, ClosesAtOnce) {
  memory_outbox store;
  worker_thread worker;
  http_client::client client(patient_client());
  http_client::outbox_settings how;
  how.url = "http://127.0.0.1:1/";
  http_client::outbox never_started(client, store, how), idle(client, store, how);
  worker.run(never_started.close());
  idle.start();
  worker.run(idle.close());
  EXPECT_EQ(idle.omitted(), "");
  http_client::outbox abandoned(client, store, how);
  abandoned.start();
  abandoned.abandon();
  worker.run(client.close());
}

// Two instances on one store: each event comes once, since a subject is one instance's at a time.
TEST(Outbox, InstancesShareTheWork) {
  memory_outbox store;
  const receiver there;
  delivering one(store, there.url()), other(store, there.url());
  for (int i = 0; i < 1000; ++i) store.add("s" + std::to_string(i % 100), std::to_string(10'000 + i));
  ASSERT_TRUE(all_gone(store));
  EXPECT_EQ(there.accepted().size(), 1000U);
  std::map<std::string, std::vector<std::string>> by_subject;
  for (const auto& id : there.accepted()) by_subject[id.substr(3)].push_back(id);
  for (const auto& [subject, ids] : by_subject) EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end())) << subject;
}

// What an instance has claimed and not settled, since it was killed, is another's once the lease is over.
TEST(Outbox, LeaseEnds) {
  memory_outbox store;
  store.add("a", "a1");
  worker_thread worker;
  const auto begun = clock::now();
  const auto now =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  ASSERT_TRUE(worker.run(store.claim({"somebody who is gone", 64, 16, now, now + 1500})));
  const receiver there;
  delivering app(store, there.url());
  ASSERT_TRUE(all_gone(store));
  EXPECT_GE(clock::now() - begun, 1s);
  EXPECT_THAT(there.accepted(), ElementsAre("a1"));
}

// A store that is away for a while costs no event, though what was delivered meanwhile is delivered again.
TEST(Outbox, OutlivesItsStoresFailures) {
  memory_outbox store;
  const receiver there([&](const std::string& id, int before) {
    if (id == "a1" && before == 0) store.fail_next_settlement();
    return receiver::no_content({}, 0);
  });
  store.add("a", "a1");
  delivering app(store, there.url(), 4s, 3s);
  ASSERT_TRUE(all_gone(store));
  EXPECT_EQ(there.attempts("a1"), 2);
  store.fail(true);
  store.add("b", "b1");
  store.fail(false);
  ASSERT_TRUE(all_gone(store));
  EXPECT_EQ(there.attempts("b1"), 1);
}

// A random receiver: refuses, breaks, delays by turns; all is delivered in the end, those of a subject in order.
TEST(Outbox, DeliversThroughAnything) {
  memory_outbox store;
  std::mutex mutex;
  random_source random(7);
  const receiver there([&](const std::string&, int) {
    const std::lock_guard lock(mutex);
    switch (random.below(8)) {
      case 0:
        return receiver::status(503);
      case 1:
        return receiver::status(404);
      case 2:
        return std::string("garbage\r\n\r\n");
      case 3:
        return receiver::status(200, "Connection: close\r\n");
      default:
        return receiver::no_content({}, 0);
    }
  });
  delivering app(store, there.url());
  for (int i = 0; i < 100; ++i) store.add("s" + std::to_string(i % 10), std::to_string(10'000 + i));
  ASSERT_TRUE(all_gone(store));
  EXPECT_EQ(there.distinct().size(), 100U);
  std::map<char, std::vector<std::string>> by_subject;
  for (const auto& id : first_times(there.accepted())) by_subject[id.back()].push_back(id);
  for (const auto& [subject, ids] : by_subject) EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end())) << subject;
}

}  // namespace
}  // namespace sundown::test
