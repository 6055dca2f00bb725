// Clients that have gone while their handler runs: who is told, who is cancelled, who runs on. Over every protocol.
#include "tls/every_protocol.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace sundown::test {
namespace {

/// What became of handlers.
struct outcomes {
  tally arrived, gone, done, canceled;
};

task<http::response> await_client(outcomes& told, const http::request& asked) {
  told.arrived.add();
  co_await asked.client_gone();
  told.gone.add();
  co_return text("to nobody");
}
task<http::response> race(outcomes& told, gate& at, const http::request& asked) {
  using namespace asio::experimental::awaitable_operators;
  const auto first = co_await (at.pass() || asked.client_gone());
  (first.index() == 0 ? told.done : told.gone).add();
  co_return text("first");
}
task<http::response> hold(outcomes& told, gate& at) {
  try {
    co_await at.pass();
  } catch (const boost::system::system_error&) {
    told.canceled.add();
    throw;
  }
  told.done.add();
  co_return text("passed");
}
task<> wait_in_stream(outcomes& told, http::response_stream& out) {
  auto head = text({});
  co_await out.start_endless(std::move(head));
  co_await out.write("first");
  told.arrived.add();
  const bool on = co_await out.wait(4 * ample);
  (on ? told.done : told.gone).add();
}

class ClientGone : public testing::TestWithParam<protocol> {
 protected:
  void start(setting how = {}) {
    how.http2 = &http2::by_nghttp2();
    // The worker looks for gone clients once a second.
    how.limits.linger = how.limits.body_grace = how.limits.header_timeout = how.limits.idle_timeout = 1min;
    how.limits.stall_limit = 8min;
    app.emplace([this](http::router& to) { routes(to); }, how);
  }
  void routes(http::router& to) {
    http::route_options runs_on, at_once;
    runs_on.cancel_when_gone = false;
    at_once.cancel_when_gone = true;
    const auto held = [this](const http::request&) { return hold(told, door); };
    to.get("/await", [this](const http::request& asked) { return await_client(told, asked); });
    to.get("/race", [this](const http::request& asked) { return race(told, door, asked); });
    to.get("/held", held);
    to.get("/runs-on", held, runs_on);
    to.get("/at-once", held, at_once);
    to.get("/wait", [this](const http::request&, http::response_stream& out) { return wait_in_stream(told, out); });
  }
  std::unique_ptr<asking> ask(const std::string& target) { return test::ask(*app, GetParam(), "GET", target); }
  std::uint64_t counted(unsigned status) {
    const auto& known = http::counted_statuses;
    const auto at = static_cast<std::size_t>(std::find(known.begin(), known.end(), status) - known.begin());
    std::uint64_t sum = 0;
    for (const auto& row : app->app().server().figures().routes) sum += row.by_status.at(at);
    return sum;
  }
  /// Clients that go, one after the other. `arrived` counts their handlers, `heard` those that have heard of it: most
  /// of them far sooner than a look for gone clients comes, which is once a second; a few may be late as any thread may
  /// be.
  template <class Arrived>
  void go(const std::string& target, Arrived arrived, const tally& heard) {
    constexpr std::size_t rounds = 11;
    const auto before = heard.count();
    std::vector<milliseconds> took;
    for (std::size_t round = 1; round <= rounds; ++round) {
      const auto asked = ask(target);
      ASSERT_TRUE(arrived(round));
      const auto begun = clock::now();
      asked->reset();
      ASSERT_TRUE(heard.wait_for(before + round, ample));
      took.push_back(between(begun, clock::now()));
    }
    std::ranges::nth_element(took, took.begin() + rounds / 2);
    EXPECT_LT(took[rounds / 2], slack(300ms));
  }
  void go(const std::string& target, const tally& heard) {
    go(target, [&](std::size_t round) { return told.arrived.wait_for(round, ample); }, heard);
  }

  gate door;
  outcomes told;
  std::optional<serving_tls> app;
};

INSTANTIATE_TEST_SUITE_P(Protocols, ClientGone, testing::ValuesIn(every_protocol), name_of_protocol);

// A handler that awaits the end of its client is told at once, and isn't cancelled. Its request is 499.
TEST_P(ClientGone, IsTold) {
  start();
  go("/await", told.gone);
  EXPECT_TRUE(eventually(ample, [&] { return counted(499) == told.arrived.count(); }));
}

// A stream that waits is told at once.
TEST_P(ClientGone, EndsTheWaitOfStreams) {
  start();
  go("/wait", told.gone);
  EXPECT_EQ(told.done.count(), 0U);
}

// The end of the client, or of the work, whichever comes first.
TEST_P(ClientGone, Races) {
  start();
  auto asked = ask("/race");
  ASSERT_TRUE(door.reached());
  asked->reset();
  EXPECT_TRUE(told.gone.wait_for(1, ample));
  asked = ask("/race");
  ASSERT_TRUE(door.reached(2));
  door.open();
  EXPECT_EQ(asked->answer().body, "first");
  EXPECT_EQ(told.done.count(), 1U);
}

// A handler is cancelled, and so by default; at once where its route says so.
TEST_P(ClientGone, CancelsHandlers) {
  start();
  auto asked = ask("/held");
  ASSERT_TRUE(door.reached());
  asked->reset();
  EXPECT_TRUE(told.canceled.wait_for(1, ample));
  EXPECT_TRUE(eventually(ample, [&] { return counted(499) == 1; }));
  go("/at-once", [&](std::size_t round) { return door.reached(1 + round); }, told.canceled);
}

// One whose route, or whose configuration, wants it to run on does, to its end.
TEST_P(ClientGone, LeavesHandlers) {
  setting how;
  how.limits.cancel_when_gone = false;
  start(how);
  std::size_t reached = 0;
  for (const auto* target : {"/held", "/runs-on"}) {
    const auto asked = ask(target);
    ASSERT_TRUE(door.reached(++reached));
    asked->reset();
  }
  EXPECT_FALSE(told.canceled.wait_for(1, slack(1500ms)));
  door.open();
  EXPECT_TRUE(told.done.wait_for(2, ample));
  EXPECT_TRUE(eventually(ample, [&] { return counted(499) == 2; }));
}

// The stop waits for such a handler as for any other, and cancels it at shutdown.hard_cancel.
TEST_P(ClientGone, IsCanceledInTheStop) {
  setting how;
  how.plan.hard_cancel = slack(300ms);
  start(how);
  const auto asked = ask("/runs-on");
  ASSERT_TRUE(door.reached());
  asked->reset();
  const auto end = app->app().begin_stop().get();
  EXPECT_EQ(told.canceled.count(), 1U);
  EXPECT_TRUE(end.did.cut.empty());
  EXPECT_LT(end.took, soon);
}

}  // namespace
}  // namespace sundown::test
