// What the process does when the system gives it less than it wants: descriptors, memory, threads.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include <sys/resource.h>

namespace sundown::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

/// All that it wrote, once it has ended.
std::string written(service& app) {
  app.process().out().wait_end();
  app.process().err().wait_end();
  return app.process().out().text() + app.process().err().text();
}

class OpenFiles : public testing::TestWithParam<unsigned> {};

// Whatever `ulimit -n` says, the process refuses to start with one message that says what to do, or it serves:
// requests, probes and notes, and its stop is in order. From 4, since below that the dynamic loader can't load it.
TEST_P(OpenFiles, AreEnoughOrItSaysSo) {
  service_options how;
  how.open_files = GetParam();
  service app(how);
  if (!app.wait_ready(ample)) {
    const auto end = app.wait_exit();
    ASSERT_TRUE(end) << app.log();
    EXPECT_EQ(end->code, 1) << end->describe();
    const auto text = written(app);
    EXPECT_THAT(text, HasSubstr("too few file descriptors: " + std::to_string(GetParam()) + " are allowed"));
    EXPECT_THAT(text, HasSubstr("ulimit -n"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    return;
  }
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  EXPECT_EQ(ask(app.http(), post("/v1/notes", R"({"title":"a","body":"b"})")).status, 201);
  EXPECT_EQ(ask(app.http(), get("/v1/notes")).status, 200);
  EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  EXPECT_EQ(ask(app.admin(), get("/metrics")).status, 200);
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(3s));
}

INSTANTIATE_TEST_SUITE_P(, OpenFiles, testing::Range(4U, 72U));

// Threads that can't be had: one message, exit 1.
TEST(Threads, AreEnoughOrItSaysSo) {
  service_options how;
  how.program = "/usr/bin/prlimit";
  how.arguments = {"--as=1500000000", "--", binary_path()};
  how.environment = {{"SUNDOWN_HTTP__WORKERS", "1024"}};
  service app(how);
  const auto end = app.wait_exit();
  ASSERT_TRUE(end) << app.log();
  EXPECT_EQ(end->code, 1) << end->describe();
  const auto text = written(app);
  EXPECT_THAT(text, AnyOf(HasSubstr("cannot start the thread"), HasSubstr("too few file descriptors"))) << text;
}

std::size_t data_of(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    std::size_t kilobytes = 0;
    if (word == "VmData:" && status >> kilobytes) return kilobytes << 10;
  }
  throw std::runtime_error("no VmData");
}

/// Only the soft limit, so that it can be taken back.
void limit_data(pid_t pid, rlim_t most) {
  rlimit both{};
  ASSERT_EQ(::prlimit(pid, RLIMIT_DATA, nullptr, &both), 0) << std::strerror(errno);
  both.rlim_cur = most;
  ASSERT_EQ(::prlimit(pid, RLIMIT_DATA, &both, nullptr), 0) << std::strerror(errno);
}

// Clients come until there is no memory for them, several times: those who can't be had wait or are sent away, and when
// memory is back the service accepts, serves and stops as ever.
TEST(Memory, ComesBackAndSoDoesTheService) {
  running app(with({{"SUNDOWN_HTTP__WORKERS", "1"}, {"SUNDOWN_LOG__ACCESS", "false"}}));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  const auto pid = app.process().pid();
  const auto requests = get("/hello") + get("/v1/notes") + get("/demo/bytes?n=100000");
  for (const std::size_t room : {0UL, 64UL << 10, 256UL << 10, 1UL << 20, 2UL << 20}) {
    limit_data(pid, data_of(pid) + room);
    {
      std::vector<raw_client> clients(700);
      for (auto& client : clients) {
        if (client.connect(app.http(), 200ms) != connecting::connected) break;
        client.send(requests, 10ms);
      }
    }
    limit_data(pid, RLIM_INFINITY);
    ASSERT_TRUE(eventually(ample, [&] { return ask(app.http(), get("/hello"), 1s).status == 200; })) << app.log();
    EXPECT_EQ(ask(app.http(), post("/v1/notes", R"({"title":"a","body":"b"})")).status, 201);
    EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
    EXPECT_EQ(ask(app.admin(), get("/ready")).status, 200);
  }
  app.signal(SIGTERM);
  const auto end = app.wait_exit();
  ASSERT_TRUE(end) << app.log();
  EXPECT_EQ(end->code, 0) << app.log();
  EXPECT_LE(end->after_signal, slack(5s));
}

// A stop that finds no memory ends in its time all the same.
TEST(Memory, IsNotNeededForTheStopToEnd) {
  running app(with({{"SUNDOWN_SHUTDOWN__TOTAL", "2s"}}));
  const auto clients = connect_each(app.http(), 300, get("/demo/sleep?ms=60000"));
  ASSERT_TRUE(eventually(
      ample, [&] { return ask(app.admin(), get("/status")).body.find("\"requests\":300,") != std::string::npos; }));
  limit_data(app.process().pid(), data_of(app.process().pid()));
  app.signal(SIGTERM);
  const auto end = app.wait_exit();
  ASSERT_TRUE(end) << app.log();
  EXPECT_EQ(end->signal, 0) << app.log();
  EXPECT_LE(end->after_signal, 2s + slack(500ms));
}

}  // namespace
}  // namespace sundown::test
