#include "process/upgrade/predecessor.hpp"
#include "support/testing.hpp"

#include <gtest/gtest.h>

#include <array>

#include <sys/socket.h>
#include <unistd.h>

namespace sundown::test {
namespace {

/// A process that was started by another one, which the test plays.
class predecessors : public testing::Test {
 protected:
  predecessors() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0); }
  ~predecessors() override { ::close(ends[1]); }

  boost::asio::io_context control;
  std::array<int, 2> ends{-1, -1};
};

// What it has said when the waiting ends, and nobody has heard yet, keeps nothing going.
TEST_F(predecessors, NothingIsAwaitedAfterTheEnd) {
  process::predecessor before(control, ends[0]);
  ASSERT_EQ(::send(ends[1], "", 1, 0), 1);
  int appointed = 0;
  before.ready([&] { ++appointed; }, [] { FAIL() << "it is still there"; });
  before.stop_waiting();
  control.run_for(ample);
  EXPECT_TRUE(control.stopped()) << "something still waits";
  EXPECT_EQ(appointed, 0);
}

}  // namespace
}  // namespace sundown::test
