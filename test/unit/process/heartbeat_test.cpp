#include "process/heartbeat.hpp"

#include "support/testing.hpp"

#include <gtest/gtest.h>

namespace sundown::test {
namespace {

namespace asio = boost::asio;

/// Loops that turn when the test turns them.
class heartbeats : public testing::Test {
 protected:
  heartbeats() : beats(control, {&one, &two}, [this] { ++count; }) {}

  void turn(asio::io_context& loop) {
    loop.restart();
    loop.poll();
  }
  /// Runs the control context until so many beats have come; false if they don't.
  bool reaches(int wanted, milliseconds limit = ample) {
    for (const deadline end(limit); count < wanted && !end.passed();) {
      control.restart();
      control.run_one_for(std::min(end.left(), 1ms));
      if (turning) turn(one), turn(two);
    }
    return count >= wanted;
  }

  asio::io_context control, one, two;
  int count = 0;
  bool turning = true;
  process::heartbeat beats;
};

// A beat comes when every loop has answered, not before.
TEST_F(heartbeats, WaitForEveryLoop) {
  beats.start(1h);
  turn(one);
  turn(control);
  EXPECT_EQ(count, 0);
  turn(two);
  turn(control);
  EXPECT_EQ(count, 1);
}

// Once stopped they don't begin any more: nothing of them keeps the control context running.
TEST_F(heartbeats, DontStartAfterAStop) {
  beats.stop();
  beats.start(1h);
  EXPECT_FALSE(reaches(1, 20ms));
  control.restart();
  control.run();
}

// They go on, one per interval.
TEST_F(heartbeats, GoOn) {
  beats.start(1ms);
  EXPECT_TRUE(reaches(5));
}

// While a loop is stuck there is none, however often the interval passes; when it answers again they go on.
TEST_F(heartbeats, StopWhileALoopIsStuck) {
  beats.start(1ms);
  ASSERT_TRUE(reaches(1));
  turning = false;
  turn(one);
  turn(control);
  const auto until_stuck = count;
  EXPECT_FALSE(reaches(until_stuck + 2, 30ms));  // one may have been on its way
  turning = true;
  EXPECT_TRUE(reaches(count + 3));
}

// An interval of zero means that nobody wants to know, and after stop() nothing is left to run.
TEST_F(heartbeats, LeaveNoWorkBehind) {
  beats.start(0ms);
  turn(one);
  turn(control);
  EXPECT_EQ(count, 0);
  beats.start(1h);
  beats.stop();
  turn(one);
  turn(two);
  control.restart();
  EXPECT_GT(control.run_for(ample), 0U);
  EXPECT_TRUE(control.stopped());
  EXPECT_EQ(count, 0);
}

}  // namespace
}  // namespace sundown::test
