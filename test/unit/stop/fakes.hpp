#pragma once

#include "stop/event.hpp"

#include <sundown/stop/shutdown.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// What the shutdown is tested with: resources and servers that do as they are told.
namespace sundown::test {

inline stop::server_activity activity_of(std::size_t connections, std::size_t requests,
                                         std::vector<stop::cut_work> longest) {
  stop::server_activity activity;
  activity.connections = connections;
  activity.requests = requests;
  activity.longest = std::move(longest);
  return activity;
}

namespace asio = boost::asio;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

using diary = std::vector<std::string>;

/// A plan no limit of which passes, however busy the machine is, unless something hangs.
inline stop::stop_plan patient_plan() {
  stop::stop_plan plan;
  plan.total = 60s;
  plan.drain = 30s;
  plan.hard_cancel = 25s;
  plan.background = 5s;
  plan.closers = 10s;
  plan.watchdog = 5s;
  plan.fallback = 55s;
  return plan;
}

/// One whose limits pass soon: for stops in which something hangs.
inline stop::stop_plan small_plan() {
  stop::stop_plan plan;
  plan.total = 500ms;
  plan.drain = 250ms;
  plan.hard_cancel = 200ms;
  plan.background = 30ms;
  plan.closers = 60ms;
  plan.watchdog = 60ms;
  plan.fallback = 440ms;
  return plan;
}

/// A resource that writes its closing into the diary and otherwise does as told.
class fake_resource {
 public:
  fake_resource(std::string name, diary& entries) : name_(std::move(name)), entries_(entries) {}

  asio::awaitable<void> close() {
    ++calls;
    entries_.push_back("close " + name_);
    if (on_close) on_close();
    if (throw_at_once) throw std::runtime_error("broken");
    return work();
  }

  std::string omitted() const { return left_out; }

  int calls = 0;
  std::function<void()> on_close;
  std::string left_out;
  bool throw_at_once = false;
  bool throw_later = false;
  bool peer_silent = false;
  bool ignore_cancellation = false;
  std::optional<milliseconds> takes;
  std::optional<stop::event> waits_for;
  bool finished = false;

 private:
  asio::awaitable<void> work() {
    if (ignore_cancellation) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (takes) {
      asio::steady_timer timer(co_await asio::this_coro::executor, *takes);
      co_await timer.async_wait(asio::use_awaitable);
    }
    if (waits_for) co_await waits_for->wait();
    if (peer_silent) throw boost::system::system_error(asio::error::timed_out, "QUIT");
    if (throw_later) throw std::runtime_error("broken later");
    finished = true;
    entries_.push_back("closed " + name_);
  }

  std::string name_;
  diary& entries_;
};

/// A server whose sessions end when told, at drain_end, or at an abort: it keeps to what drainable promises, unless it
/// is told not to.
class fake_server : public stop::drainable {
 public:
  explicit fake_server(diary& entries) : entries_(entries) {}

  void announce() override { entries_.push_back("announce"); }

  clock::time_point last_accepted() const noexcept override { return accepted ? accepted() : clock::time_point{}; }

  asio::awaitable<void> close_listeners() override {
    entries_.push_back("listeners");
    if (listeners_hang) co_await listeners_.wait();
    listeners_closed = true;
  }

  asio::awaitable<stop::drain_summary> drain(const stop::budget& timing) override {
    entries_.push_back("drain");
    if (on_drain) on_drain();
    if (drain_throws) throw std::runtime_error("no drain");
    const auto limit = [this, &timing] { return ignores_abort ? clock::time_point::max() : timing.drain_end(); };
    if (busy) {
      const bool told = co_await sessions_.wait_until(limit);
      if (!told) cut_sessions("drain");
    }
    open_now = {};
    entries_.push_back("drained");
    co_return summary;
  }

  void abort(std::string why) override {
    entries_.push_back("abort: " + why);
    if (ignores_abort) return;
    if (busy) cut_sessions(why);
    listeners_.set();
  }

  stop::server_activity activity() const override { return open_now; }

  void finish_sessions() { sessions_.set(); }
  void finish_listeners() { listeners_.set(); }

  std::function<clock::time_point()> accepted;
  std::function<void()> on_drain;
  bool listeners_hang = false, listeners_closed = false;
  bool drain_throws = false, busy = false, ignores_abort = false;
  stop::drain_summary summary;
  stop::server_activity open_now;

 private:
  void cut_sessions(const std::string& why) {
    busy = false;
    if (open_now.longest.empty()) open_now.longest.push_back({"GET /slow", 5ms, {}});
    for (auto& open : open_now.longest) summary.cut.push_back({open.what, open.age, why});
    open_now = {};
    sessions_.set();
  }

  const stop::event sessions_, listeners_;
  diary& entries_;
};

/// A shutdown on a control context, with a force_exit that only keeps its code.
class stop_test : public testing::Test {
 protected:
  stop::shutdown& make(const stop::stop_plan& plan = patient_plan()) {
    stop_.emplace(control, plan, [this](int code) { forced.push_back(code); });
    return *stop_;
  }
  stop::shutdown& stop() { return *stop_; }

  /// Runs the control context until it has nothing left to do, within a bound that no healthy run comes near.
  void run(milliseconds bound = 10s) {
    control.run_for(bound);
    EXPECT_TRUE(control.stopped()) << "the control context still has work";
  }
  void trigger_and_run(stop::stop_kind kind = stop::stop_kind::orderly) {
    stop_->trigger(kind, "test");
    run();
  }
  /// Runs the control context until the end is forced.
  void run_until_forced() {
    for (const auto end = steady::now() + 10s; forced.empty() && steady::now() < end;) control.run_one_for(100ms);
    EXPECT_FALSE(forced.empty());
  }
  /// Calls `what` on the control context after `delay`.
  void after(milliseconds delay, std::function<void()> what) {
    auto timer = std::make_shared<asio::steady_timer>(control, delay);
    timer->async_wait([timer, what = std::move(what)](boost::system::error_code ec) {
      if (!ec) what();
    });
  }
  void destroy_stop() { stop_.reset(); }

  diary entries;
  std::vector<int> forced;
  asio::io_context control;
  std::optional<stop::shutdown> stop_;
};

inline std::vector<std::string> step_names(const stop::report& report) {
  std::vector<std::string> names;
  for (const auto& step : report.steps) names.push_back(step.name);
  return names;
}

}  // namespace sundown::test
