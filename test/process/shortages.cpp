// What the process does when the system gives it less than it wants: descriptors, memory, threads.
#include "process/shortage.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class OpenFiles : public testing::TestWithParam<unsigned> {};

// Whatever `ulimit -n` says, the process refuses to start with one message that says what to do, or it serves: requests
// and probes, and its stop is in order. From 4, since below that the dynamic loader can't load it.
TEST_P(OpenFiles, AreEnoughOrItSaysSo) {
  service_options how;
  how.open_files = GetParam();
  service app(how);
  if (!starts_or_says_so(app, GetParam())) return;
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  EXPECT_EQ(ask(app.http(), post("/demo/upload", "a body", "text/plain")).status, 200);
  EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  EXPECT_EQ(ask(app.admin(), get("/metrics")).status, 200);
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
}

INSTANTIATE_TEST_SUITE_P(, OpenFiles, testing::Range(4U, 72U));

// Threads that can't be had: one message, exit 1.
TEST(Threads, AreEnoughOrItSaysSo) {
  service_options how;
  how.program = "/usr/bin/prlimit";
  how.arguments = {"--as=1500000000", "--", binary_path()};
  how.environment = {{"SUNDOWN_HTTP__WORKERS", "1024"}};
  service app(how);
  const auto end = app.wait_exit(for_many);
  ASSERT_TRUE(end) << app.log();
  EXPECT_EQ(end->code, 1) << end->describe();
  const auto text = app.written();
  EXPECT_THAT(text, AnyOf(HasSubstr("cannot start the thread"), HasSubstr("too few file descriptors"))) << text;
}

// Clients come until there is no memory for them, several times: those who can't be had wait or are sent away, and when
// memory is back the service accepts, serves and stops as ever.
TEST(Memory, ComesBackAndSoDoesTheService) {
  running app(with({{"SUNDOWN_HTTP__WORKERS", "1"}, {"SUNDOWN_LOG__ACCESS", "false"}}));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  const auto upload = post("/demo/upload", "a body", "text/plain");
  exhaust_memory(app, get("/hello") + upload + get("/demo/bytes?n=100000"),
                 [&] { EXPECT_EQ(ask(app.http(), upload).status, 200); });
  app.signal(SIGTERM);
  expect_exit(app, 0, ample);
}

// A stop that finds no memory ends in its time all the same.
TEST(Memory, IsNotNeededForTheStopToEnd) {
  running app(with({{"SUNDOWN_SHUTDOWN__TOTAL", "2s"}}));
  const auto clients = connect_each(app.http(), 300, get("/demo/sleep?ms=60000"));
  ASSERT_TRUE(eventually(
      ample, [&] { return ask(app.admin(), get("/status")).body.find("\"requests\":300,") != std::string::npos; }));
  limit_data(app, memory(app, "VmData"));
  app.signal(SIGTERM);
  const auto end = app.wait_exit();
  ASSERT_TRUE(end) << app.log();
  EXPECT_EQ(end->signal, 0) << app.log();
  EXPECT_LE(end->after_signal, 2s + promptly);
}

}  // namespace
}  // namespace sundown::test
