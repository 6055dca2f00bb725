// What the stop relies on, of whatever it drains: one suite for the server and for the fake of the stop's own tests.
#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "unit/stop/fakes.hpp"

#include <optional>

namespace sundown::test {
namespace {

constexpr const char* held = "GET /held";

/// The server, with requests that wait at a gate and don't obey the hard cancel.
class real_side {
 public:
  explicit real_side(const stop::stop_plan& plan)
      : clock_(plan), app_([this](http::router& to) { routes(to); }, with(plan)) {}

  stop::drainable& server() { return app_.server(); }
  const stop::budget& clock() const { return clock_; }
  void announce() {
    clock_.start(sundown::clock::now(), false);
    app_.announce();
  }
  /// False if the request is not under way.
  bool begin_request(bool obeys) {
    client_ = app_.send(get("/held", obeys ? "Obeys: yes\r\n" : ""));
    return door_.reached() && app_.reaches("handler");
  }
  void finish_request() { door_.open(); }

 private:
  static setting with(const stop::stop_plan& plan) {
    setting how;
    how.plan = plan;
    return how;
  }
  void routes(http::router& to) {
    to.get("/held", [this](const http::request& asked) { return hold(asked.header("Obeys") == "yes"); });
  }
  task<http::response> hold(bool obeys) {
    if (obeys) {
      co_await door_.pass();
    } else {
      co_await door_.pass_at_all_costs();
    }
    co_return text("held");
  }

  stop::budget clock_;
  gate door_;
  serving app_;
  raw_client client_;
};

class fake_side {
 public:
  explicit fake_side(const stop::stop_plan& plan) : clock_(plan) {}

  stop::drainable& server() { return server_; }
  const stop::budget& clock() const { return clock_; }
  void announce() {
    clock_.start(sundown::clock::now(), false);
    server_.announce();
  }
  bool begin_request(bool) {
    server_.busy = true;
    server_.open_now = activity_of(1, 1, {{held, 5ms, {}}});
    server_.accepted = [at = sundown::clock::now()] { return at; };
    return true;
  }
  void finish_request() { server_.finish_sessions(); }

 private:
  stop::budget clock_;
  diary entries_;
  fake_server server_{entries_};
};

template <class Side>
class DrainableContract : public testing::Test {
 protected:
  ~DrainableContract() override {
    if (side) side->finish_request();
  }

  void start(const stop::stop_plan& plan = plan_of_tests()) { side.emplace(plan); }
  stop::drainable& server() { return side->server(); }

  /// Begins a drain; its summary is there once it has ended.
  void begin_drain() {
    asio::co_spawn(control, server().drain(side->clock()),
                   [this](const std::exception_ptr& failed, stop::drain_summary did) {
                     EXPECT_FALSE(failed);
                     summary = std::move(did);
                   });
  }
  void begin_close() {
    asio::co_spawn(control, server().close_listeners(), [this](const std::exception_ptr& failed) {
      EXPECT_FALSE(failed);
      ++closed;
    });
  }
  /// Runs the control plane until nothing of it waits any more; true if that is so within the limit.
  bool run(milliseconds limit = ample) {
    control.restart();
    control.run_for(limit);
    return control.stopped();
  }
  /// What the drain has cut, which is one request.
  stop::cut_work cut() const {
    const bool one = summary && summary->cut.size() == 1;
    EXPECT_TRUE(one);
    return one ? summary->cut.front() : stop::cut_work();
  }

  asio::io_context control;
  std::optional<Side> side;
  std::optional<stop::drain_summary> summary;
  int closed = 0;
};

using sides = testing::Types<real_side, fake_side>;
class side_names {
 public:
  template <class Side>
  static std::string GetName(int) {
    return std::is_same_v<Side, real_side> ? "Server" : "Fake";
  }
};
TYPED_TEST_SUITE(DrainableContract, sides, side_names);

// Before the first connection there is no newest one; then it is when that came.
TYPED_TEST(DrainableContract, LastAccepted) {
  this->start();
  EXPECT_EQ(this->server().last_accepted(), clock::time_point{});
  const auto before = clock::now();
  ASSERT_TRUE(this->side->begin_request(true));
  EXPECT_GE(this->server().last_accepted(), before);
  EXPECT_LE(this->server().last_accepted(), clock::now());
}

// What is open is counted and named, without a reason; nothing is once it has ended.
TYPED_TEST(DrainableContract, Activity) {
  this->start();
  EXPECT_EQ(this->server().activity().connections, 0U);
  ASSERT_TRUE(this->side->begin_request(true));
  const auto open = this->server().activity();
  EXPECT_EQ(open.connections, 1U);
  EXPECT_EQ(open.requests, 1U);
  ASSERT_EQ(open.longest.size(), 1U);
  EXPECT_EQ(open.longest.front().what, held);
  EXPECT_EQ(open.longest.front().why, "");
  this->side->announce();
  this->begin_drain();
  this->side->finish_request();
  ASSERT_TRUE(this->run());
  const auto left = this->server().activity();
  EXPECT_EQ(left.connections, 0U);
  EXPECT_EQ(left.requests, 0U);
  EXPECT_TRUE(left.longest.empty());
}

// With nothing open, a drain ends at once.
TYPED_TEST(DrainableContract, NothingToDrain) {
  this->start();
  this->side->announce();
  this->begin_close();
  this->begin_drain();
  ASSERT_TRUE(this->run(soon));
  ASSERT_TRUE(this->summary);
  EXPECT_TRUE(this->summary->cut.empty());
}

// Listeners are closed once, however often that is asked for.
TYPED_TEST(DrainableContract, ListenersCloseTwice) {
  this->start();
  this->side->announce();
  this->begin_close();
  this->begin_close();
  ASSERT_TRUE(this->run(soon));
  this->begin_close();
  ASSERT_TRUE(this->run(soon));
  EXPECT_EQ(this->closed, 3);
}

// A drain waits for what is under way, and for no longer; then nothing is cut.
TYPED_TEST(DrainableContract, WaitsForRequest) {
  this->start();
  ASSERT_TRUE(this->side->begin_request(true));
  this->side->announce();
  this->begin_close();
  this->begin_drain();
  EXPECT_FALSE(this->run(slack(150ms)));
  EXPECT_FALSE(this->summary);
  this->side->finish_request();
  ASSERT_TRUE(this->run(soon));
  ASSERT_TRUE(this->summary);
  EXPECT_TRUE(this->summary->cut.empty());
}

// A drain ends at drain_end, also where a request obeys nothing; that one is named.
TYPED_TEST(DrainableContract, DrainEnd) {
  auto plan = plan_of_tests();
  plan.hard_cancel = slack(100ms);
  plan.drain = slack(200ms);
  this->start(plan);
  ASSERT_TRUE(this->side->begin_request(false));
  this->side->announce();
  this->begin_drain();
  ASSERT_TRUE(this->run());
  EXPECT_GE(clock::now(), this->side->clock().drain_end());
  EXPECT_LT(clock::now(), this->side->clock().drain_end() + soon);
  EXPECT_EQ(this->cut().what, held);
  EXPECT_EQ(this->cut().why, "drain");
}

// An abort ends a drain that is under way, with the abort's reason.
TYPED_TEST(DrainableContract, AbortInDrain) {
  this->start();
  ASSERT_TRUE(this->side->begin_request(true));
  this->side->announce();
  this->begin_drain();
  EXPECT_FALSE(this->run(slack(50ms)));
  this->server().abort("fast stop");
  ASSERT_TRUE(this->run(soon));
  EXPECT_EQ(this->cut().what, held);
  EXPECT_EQ(this->cut().why, "fast stop");
}

// A drain that begins after an abort ends at once, and tells what was aborted; a second abort adds nothing.
TYPED_TEST(DrainableContract, AbortBeforeDrain) {
  this->start();
  ASSERT_TRUE(this->side->begin_request(true));
  this->side->announce();
  this->server().abort("fast stop");
  this->server().abort("deadline");
  this->begin_drain();
  ASSERT_TRUE(this->run(soon));
  EXPECT_EQ(this->cut().what, held);
  EXPECT_EQ(this->cut().why, "fast stop");
}

// With nothing open, an abort cuts nothing.
TYPED_TEST(DrainableContract, AbortOfNothing) {
  this->start();
  this->side->announce();
  this->server().abort("fast stop");
  this->begin_drain();
  ASSERT_TRUE(this->run(soon));
  ASSERT_TRUE(this->summary);
  EXPECT_TRUE(this->summary->cut.empty());
}

}  // namespace
}  // namespace sundown::test
