// How long a request may take: every kind of handler, over every protocol, before its answer has begun and after.
#include "tls/every_protocol.hpp"

#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace sundown::test {
namespace {

constexpr milliseconds brief = slack(150ms);

task<http::response> fails_late(gate& at) {
  co_await at.pass_at_all_costs();
  co_return http::problem(500, "late");
}
task<http::response> stays(gate& at) {
  co_await at.pass_at_all_costs();
  co_return text("late");
}
task<http::response> falls_back(gate& at) {
  try {
    co_await at.pass();
  } catch (const boost::system::system_error&) {
  }
  co_return text("instead");
}
task<std::optional<http::response>> guard_waits(gate& at) {
  co_await at.pass();
  co_return std::nullopt;
}
task<> waits_before(gate& at, http::response_stream& out) {
  co_await at.pass();
  auto head = text({});
  co_await out.start(std::move(head));
}
task<> waits_within(gate& at, http::response_stream& out, bool endless) {
  auto head = text({});
  if (endless) {
    co_await out.start_endless(std::move(head));
  } else {
    co_await out.start(std::move(head));
  }
  co_await out.write("first");
  co_await at.pass();
  co_await out.write("second");
}
task<http::response> tell_remaining(const http::request& asked) {
  const auto left = asked.remaining();
  co_return text(left == milliseconds::max() ? "never" : std::to_string(left.count()));
}
http::response tell_remaining_at_once(const http::request& asked) {
  return text(std::to_string(asked.remaining().count()));
}

class RequestTimeout : public testing::TestWithParam<protocol> {
 protected:
  void start(setting how = {}) {
    how.http2 = &http2::by_nghttp2();
    if (how.limits.request_timeout == http_config().request_timeout) how.limits.request_timeout = brief;
    app.emplace([this](http::router& to) { routes(to); }, how);
  }
  void routes(http::router& to) {
    const auto held = [this](const http::request&) { return pass(door); };
    const auto within = [this](bool endless) {
      return [this, endless](const http::request&, http::response_stream& out) {
        return waits_within(door, out, endless);
      };
    };
    http::route_options own, none;
    own.timeout = brief;
    none.timeout = 0ms;
    to.get("/held", held);
    to.get("/own", held, own);
    to.get("/none", held, none);
    to.post("/whole", held);
    to.post("/upload", upload);
    to.get("/guarded", hello).guarded_by([this](const http::request&) { return guard_waits(door); });
    to.post("/guarded", echo).guarded_by([this](const http::request&) { return guard_waits(door); });
    to.get("/before", [this](const http::request&, http::response_stream& out) { return waits_before(door, out); });
    to.get("/within", within(false));
    to.get("/within-own", within(false), own);
    to.get("/events", within(true));
    to.get("/events-own", within(true), own);
    to.get("/fails-late", [this](const http::request&) { return fails_late(door); });
    to.get("/stays", [this](const http::request&) { return stays(door); });
    to.get("/falls-back", [this](const http::request&) { return falls_back(door); });
    to.get("/blocks", [](const http::request&) {
      std::this_thread::sleep_for(2 * brief);
      return text("done");
    });
    to.get("/remaining", tell_remaining);
    to.get("/remaining-none", tell_remaining, none);
    to.get("/remaining-plain", tell_remaining_at_once);
  }

  std::unique_ptr<asking> ask(const std::string& method, const std::string& target, std::string_view body = {},
                              bool whole = true, const std::string& wish = {}) {
    return test::ask(*app, GetParam(), method, target, body, whole, wish);
  }
  std::string tell(const std::string& target, const std::string& wish = {}) {
    return ask("GET", target, {}, true, wish)->answer().body;
  }
  std::uint64_t timeouts(std::string_view route) {
    std::uint64_t sum = 0;
    for (const auto& row : app->app().server().figures().routes) {
      if (row.route == route) sum += row.timeouts;
    }
    return sum;
  }
  void expect_overdue(const outcome& got) {
    EXPECT_EQ(got.status, 503);
    EXPECT_TRUE(got.whole);
    EXPECT_EQ(got.type, "application/problem+json");
    EXPECT_EQ(got.retry_after, "1");
  }

  gate door;
  std::optional<serving_tls> app;
};

INSTANTIATE_TEST_SUITE_P(Protocols, RequestTimeout, testing::ValuesIn(every_protocol), name_of_protocol);

// A handler that waits for too long before its answer is cancelled, whatever its kind, and its client gets 503 with
// Retry-After: not before the time is over, and soon behind it. It is counted by its route.
TEST_P(RequestTimeout, BeforeTheAnswer) {
  start();
  struct row {
    const char *method, *target, *body;
    bool whole;
  };
  for (const auto& [method, target, body, whole] :
       {row{"GET", "/held", "", true}, row{"GET", "/own", "", true}, row{"POST", "/whole", "body", true},
        row{"POST", "/upload", "half", false}, row{"GET", "/guarded", "", true}, row{"POST", "/guarded", "half", false},
        row{"GET", "/before", "", true}}) {
    SCOPED_TRACE(std::string(method) + ' ' + target);
    const auto counted = timeouts(target);
    const auto begun = clock::now();
    const auto asked = ask(method, target, body, whole);
    expect_overdue(asked->answer());
    const auto took = between(begun, clock::now());
    EXPECT_GE(took, brief - 1ms);
    EXPECT_LT(took, soon);
    EXPECT_TRUE(eventually(ample, [&] { return timeouts(target) == counted + 1; }));
  }
}

// The answer of a stream that has begun is broken off by the route's own timeout: its client sees that it is not whole.
TEST_P(RequestTimeout, WithinTheAnswer) {
  start();
  for (const auto* target : {"/within-own", "/events-own"}) {
    SCOPED_TRACE(target);
    const auto asked = ask("GET", target);
    const auto got = asked->answer();
    EXPECT_EQ(got.status, 200);
    EXPECT_FALSE(got.whole);
    EXPECT_TRUE(eventually(ample, [&] { return timeouts(target) == 1; }));
  }
}

// http.request_timeout ends with the head of a stream: what has begun goes on.
TEST_P(RequestTimeout, EndsWithTheHead) {
  start();
  std::vector<std::unique_ptr<asking>> all;
  for (const auto* target : {"/within", "/events"}) all.push_back(ask("GET", target));
  ASSERT_TRUE(door.reached(2));
  std::this_thread::sleep_for(3 * brief);
  door.open();
  for (const auto& each : all) {
    const auto got = each->answer();
    EXPECT_TRUE(got.whole);
    EXPECT_EQ(got.body, "firstsecond");
  }
  EXPECT_EQ(timeouts("/within") + timeouts("/events"), 0U);
}

// A route without a limit has none, and a plain handler has nothing that could be cancelled.
TEST_P(RequestTimeout, HasNoPlace) {
  start();
  EXPECT_EQ(ask("GET", "/blocks")->answer().body, "done");
  const auto asked = ask("GET", "/none");
  ASSERT_TRUE(door.reached());
  std::this_thread::sleep_for(2 * brief);
  door.open();
  EXPECT_EQ(asked->answer().body, "passed");
  EXPECT_EQ(timeouts("/none") + timeouts("/blocks"), 0U);
}

// A handler that goes on all the same is waited for, and what it answers is the answer, as long as it is below 500.
TEST_P(RequestTimeout, LateAnswers) {
  start();
  EXPECT_EQ(ask("GET", "/falls-back")->answer().body, "instead");
  const auto stays = ask("GET", "/stays");
  const auto fails = ask("GET", "/fails-late");
  ASSERT_TRUE(door.reached(3));
  expect_overdue(ask("GET", "/held")->answer());  // whose time is over after theirs, by the same worker's clock
  door.open();
  const auto late = stays->answer();
  EXPECT_EQ(late.status, 200);
  EXPECT_EQ(late.body, "late");
  expect_overdue(fails->answer());
  EXPECT_EQ(timeouts("/stays") + timeouts("/falls-back"), 0U);
  EXPECT_TRUE(eventually(ample, [&] { return timeouts("/fails-late") == 1; }));
}

// A handler sees what it has left: of its own limit, or of none, and of what its client asks for, which only shortens.
TEST_P(RequestTimeout, Remaining) {
  setting how;
  how.limits.request_timeout = 100s;
  how.limits.client_timeout = true;
  start(how);
  const auto left = [&](const std::string& target, const std::string& wish = {}) {
    return std::stol(tell(target, wish));
  };
  for (const auto* target : {"/remaining", "/remaining-plain"}) {
    EXPECT_GT(left(target), 80'000);
    EXPECT_LE(left(target), 100'000);
  }
  EXPECT_EQ(tell("/remaining-none"), "never");
  EXPECT_LE(left("/remaining", "50"), 50'000);
  EXPECT_LE(left("/remaining-none", "50"), 50'000);
  for (const auto* wish : {"200", "0", "-1", "1.5", "50s", "soon", "1234567890"})
    EXPECT_GT(left("/remaining", wish), 80'000) << wish;
}

// What a client asks for is nothing where the configuration doesn't say that it may; where it does, it ends the
// handler.
TEST_P(RequestTimeout, OfTheClient) {
  setting how;
  how.limits.request_timeout = 100s;
  start(how);
  EXPECT_GT(std::stol(tell("/remaining", "50")), 80'000);
  app.reset();
  how.limits.client_timeout = true;
  start(how);
  expect_overdue(ask("GET", "/held", {}, true, "1")->answer());
}

// In the stop what is left is what shutdown.hard_cancel leaves.
TEST_P(RequestTimeout, RemainingInTheStop) {
  setting how;
  how.limits.request_timeout = 4 * ample;
  how.plan.idle_grace = how.plan.header_grace = ample;
  start(how);
  app->app().announce();
  EXPECT_LE(std::stol(tell("/remaining")), milliseconds(ample).count());
}

}  // namespace
}  // namespace sundown::test
