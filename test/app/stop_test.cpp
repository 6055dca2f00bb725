// The sample's stop, whatever its features are: in process by its report, and the real binary by SIGTERM.
#include "app/sample.hpp"

#include <sundown/testing/service.hpp>

#include <gmock/gmock.h>

#include <csignal>

namespace sundown::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Stop = sample;

// The features' parts are closed first, then what they stand on, and nothing was cut.
TEST_F(Stop, ClosesThePartsInOrder) {
  EXPECT_EQ(send("GET", "/hello").status, 200);
  const auto& report = app().stop();
  EXPECT_EQ(report.exit_code, 0) << app().log();
  const auto names = closed_by(report);
  ASSERT_GE(names.size(), 2U);
  EXPECT_THAT(std::vector(names.end() - 2, names.end()), ElementsAre("workers", "admin"));
  EXPECT_TRUE(report.drain.cut.empty());
  EXPECT_THAT(app().log(), HasSubstr(R"("message":"shutdown report")"));
}

#ifdef SAMPLE_BINARY

// The real binary ends at SIGTERM with nothing lost.
TEST(StopBySignal, LosesNothing) {
  testing::service binary({.program = SAMPLE_BINARY});
  ASSERT_TRUE(binary.wait_ready()) << binary.log();
  EXPECT_EQ(testing::ask(binary.http(), testing::get("/hello")).body, "Hello, World!");
  binary.signal(SIGTERM);
  const auto end = binary.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 0) << binary.log();
}

#endif

}  // namespace
}  // namespace sundown::app
