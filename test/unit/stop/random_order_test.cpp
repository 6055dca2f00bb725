#include "unit/stop/fakes.hpp"

#include <sundown/log.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/json/parse.hpp>

#include <deque>
#include <random>

namespace sundown::test {
namespace {

using stop::stop_kind;

/// What a piece of work does, drawn at random for each.
enum class habit { at_once, after_a_while, throws_at_once, throws_later, hangs, stubborn };

struct dice {
  explicit dice(unsigned seed) : engine(seed) {}
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(engine); }
  bool one_in(int n) { return below(n) == 0; }
  milliseconds within(milliseconds most) { return milliseconds(below(static_cast<int>(most.count()) + 1)); }
  /// Mostly well-behaved, or stops would only ever end by force.
  habit draw() {
    if (!one_in(3)) return one_in(2) ? habit::at_once : habit::after_a_while;
    return static_cast<habit>(below(6));
  }
  std::mt19937 engine;
};

/// Work with a habit. `freed` ends what hangs when the run is over.
asio::awaitable<void> behave(habit how, milliseconds takes, stop::event freed) {
  if (how == habit::throws_at_once) throw std::runtime_error("at once");
  if (how == habit::stubborn) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (how == habit::after_a_while || how == habit::throws_later) {
    asio::steady_timer timer(co_await asio::this_coro::executor, takes);
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (how == habit::throws_later) throw std::runtime_error("later");
  if (how == habit::hangs || how == habit::stubborn) co_await freed.wait();
}

asio::awaitable<void> then(asio::awaitable<void> work, std::shared_ptr<bool> ended) {
  struct mark {
    explicit mark(std::shared_ptr<bool> f) : flag(std::move(f)) {}
    mark(const mark&) = delete;
    mark& operator=(const mark&) = delete;
    ~mark() { *flag = true; }
    std::shared_ptr<bool> flag;
  } at_end(ended);
  co_await std::move(work);
}

/// One service with random servers, tasks, resources and signals, and what it was seen to do.
class world {
 public:
  world(asio::io_context& control, unsigned seed)
      : control_(control),
        dice_(seed),
        plan_(random_plan()),
        stop_(control, plan_,
              [this](int code) {
                forced.push_back(code);
                ended_at = steady::now();
              }),
        tasks_(control.get_executor()) {
    for (int i = dice_.below(3); i-- > 0;) stop_.drains(servers_.emplace_back(*this));
    stop_.finishes(tasks_);
    for (int i = dice_.below(4); i-- > 0;) tasks_.spawn("task", work());
    for (int i = dice_.below(5); i-- > 0;) {
      auto& added = resources_.emplace_back(*this, resources_.size());
      stop_.add(std::to_string(added.index), added);
    }
    stop_.on_last([this] { finished = true; });
    at(dice_.within(plan_.total / 4), [this] { signal(); });
    for (int i = dice_.below(4); i-- > 0;) at(dice_.within(plan_.total), [this] { signal(); });
  }

  /// Lets everything that hangs go.
  void free() { freed_.set(); }

  void check(milliseconds lag) {
    const auto& report = stop_.result();
    bool ended = finished || !forced.empty();
    ASSERT_TRUE(ended) << "still in step " << stop_.snapshot().step;
    EXPECT_LE(forced.size(), 1u);
    EXPECT_LE(report.total, plan_.total + lag);
    if (!forced.empty()) {
      EXPECT_LE(ended_at - first_signal, plan_.total + lag);
      EXPECT_EQ(forced.front(), report.exit_code);
    }

    // Closers: in reverse order, each at most once; all of them, unless the end was forced before their turn.
    for (std::size_t i = 0; i < closing_order.size(); ++i) EXPECT_EQ(closing_order[i], resources_.size() - 1 - i);
    EXPECT_FALSE(overlapped);
    if (finished) {
      EXPECT_EQ(closing_order.size(), resources_.size());
      EXPECT_EQ(report.closers.size(), resources_.size());
      EXPECT_EQ(report.exit_code, verdict(report));
      EXPECT_EQ(forced.empty(), !stop_.left_behind());
    } else {
      bool was_forced = report.exit_code == stop::second_interrupt && interrupted;
      EXPECT_TRUE(was_forced || report.exit_code == stop::work_was_cut) << report.exit_code;
    }
    auto json = boost::json::parse(to_json(report));
    EXPECT_EQ(json.at("exit_code"), report.exit_code);
    EXPECT_EQ(json.at("closers").as_array().size(), report.closers.size());
  }

  std::vector<int> forced;
  bool finished = false, overlapped = false, interrupted = false;
  steady::time_point first_signal{}, ended_at{};
  std::vector<std::size_t> closing_order;

 private:
  struct resource {
    resource(world& w, std::size_t i) : in(w), index(i) {}
    asio::awaitable<void> close() {
      in.closing_order.push_back(index);
      // The one before must have ended, unless it is of the kind that is left behind.
      if (in.closing_ended_ && !*in.closing_ended_ && !in.closing_stubborn_) in.overlapped = true;
      in.closing_ended_ = std::make_shared<bool>(false);
      auto how = in.dice_.draw();
      in.closing_stubborn_ = how == habit::stubborn;
      return then(in.work(how), in.closing_ended_);
    }
    world& in;
    std::size_t index;
  };

  struct server : stop::drainable {
    explicit server(world& w) : in(w), listeners(w.dice_.draw()), sessions(w.dice_.draw()) {}
    void announce() override {}
    clock::time_point last_accepted() const noexcept override { return steady::now() - 990ms; }
    asio::awaitable<void> close_listeners() override { return in.work(listeners); }
    asio::awaitable<stop::drain_summary> drain(const stop::budget& clock) override { return run(*this, clock); }
    static asio::awaitable<stop::drain_summary> run(server& self, const stop::budget& clock) {
      stop::drain_summary summary;
      if (self.sessions == habit::hangs) {  // the rest is aborted by name, at the drain's end or when told
        asio::steady_timer end(co_await asio::this_coro::executor, clock.drain_end());
        self.drain_timer = &end;
        if (!self.told) co_await end.async_wait(asio::as_tuple(asio::use_awaitable));
        self.drain_timer = nullptr;
        summary.cut.push_back({"GET /slow", 1ms, "drain"});
      } else {
        co_await self.in.work(self.sessions);
        summary.completed = 1;
      }
      co_return summary;
    }
    void abort(std::string) override {
      told = true;
      if (drain_timer) drain_timer->cancel();
    }
    stop::server_activity activity() const override { return activity_of(1, 1, {{"GET /slow", 1ms, ""}}); }

    world& in;
    habit listeners, sessions;
    asio::steady_timer* drain_timer = nullptr;
    bool told = false;
  };

  stop::stop_plan random_plan() {
    stop::stop_plan plan;
    plan.total = 60ms + dice_.within(60ms);
    plan.ready_delay_max = dice_.one_in(2) ? plan.total / 10 : 0ms;
    plan.ready_delay_min = dice_.within(plan.ready_delay_max);
    plan.drain = plan.total * 4 / 10;
    plan.hard_cancel = plan.drain / 2;
    plan.background = plan.total / 10;
    plan.closers = plan.total * 2 / 10;
    plan.watchdog = plan.total / 10;
    plan.fallback = plan.total - plan.watchdog;
    return plan;
  }

  asio::awaitable<void> work() { return work(dice_.draw()); }
  asio::awaitable<void> work(habit how) { return behave(how, dice_.within(plan_.total / 4), freed_); }

  void at(milliseconds when, std::function<void()> what) {
    auto timer = std::make_shared<asio::steady_timer>(control_, when);
    timer->async_wait([timer, what = std::move(what)](boost::system::error_code) { what(); });
  }

  void signal() {
    bool first = !stop_.stopping();
    if (first) first_signal = steady::now();
    switch (dice_.below(first ? 4 : 8)) {
      case 0:
        return stop_.trigger(stop_kind::interactive, "SIGINT");
      case 1:
        return stop_.trigger(stop_kind::fast, "SIGQUIT");
      case 2:
        return stop_.fail("broken");
      case 3:
        return stop_.trigger(stop_kind::orderly, "SIGTERM");
      case 4:
        interrupted = true;
        return stop_.force(stop::second_interrupt, "second SIGINT");
      default:
        return stop_.trigger(stop_kind::orderly, "SIGTERM");
    }
  }

  asio::io_context& control_;
  dice dice_;
  const stop::stop_plan plan_;
  stop::shutdown stop_;
  stop::background tasks_;
  std::deque<server> servers_;
  std::deque<resource> resources_;
  const stop::event freed_;
  std::shared_ptr<bool> closing_ended_;
  bool closing_stubborn_ = false;
};

/// Counts milliseconds in which the loop has its turn.
asio::awaitable<void> count_ticks(std::shared_ptr<milliseconds> ticks, std::shared_ptr<bool> enough) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (; !*enough; *ticks += 1ms) {
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// However signals, completions, timeouts and errors interleave: every stop ends within its budget, closes each resource
// once, in reverse order and one at a time, and its exit code follows from its report.
TEST(shutdown_random_order, EveryStopEndsWellOrdered) {
  constexpr unsigned seeds = 2048, at_a_time = 128;
  unsigned finished = 0, forced = 0;
  log::set_level(log::level::off);
  for (unsigned seed = 0; seed < seeds; seed += at_a_time) {
    asio::io_context control;
    std::deque<world> worlds;
    for (unsigned i = 0; i < at_a_time; ++i) worlds.emplace_back(control, seed + i);
    auto ticks = std::make_shared<milliseconds>(0);
    auto enough = std::make_shared<bool>(false);
    const auto begin = steady::now();
    asio::co_spawn(control, count_ticks(ticks, enough), [](std::exception_ptr) {});

    auto all_ended = [&] {
      return std::all_of(worlds.begin(), worlds.end(), [](const auto& w) { return w.finished || !w.forced.empty(); });
    };
    for (auto bound = steady::now() + 30s; !all_ended() && steady::now() < bound;) control.run_one_for(100ms);
    control.run_for(5ms);  // past the end: what comes late must change nothing
    *enough = true;
    // A loaded machine is not the stop's fault: all of its steps together are no later than the loop was.
    const auto lag = std::chrono::ceil<milliseconds>(steady::now() - begin) - *ticks;
    for (unsigned i = 0; i < at_a_time; ++i) {
      SCOPED_TRACE("seed " + std::to_string(seed + i));
      worlds[i].check(lag + 30ms);
      (worlds[i].finished ? finished : forced) += 1;
    }
    for (auto& each : worlds) each.free();
    control.run_for(30s);
    EXPECT_TRUE(control.stopped()) << "something is still suspended";
    if (testing::Test::HasFailure()) return;
  }
  // Both ends must have been seen often, or the rules above were not tested.
  EXPECT_GT(finished, seeds / 40);
  EXPECT_GT(forced, seeds / 40);
}

}  // namespace
}  // namespace sundown::test
