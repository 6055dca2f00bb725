// That the kit leaves nothing behind, however it and its servers end.
#include "drain_kit/run_kit.hpp"

#include <gtest/gtest.h>

#include <net/if.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace sundown::test {
namespace {

constexpr auto mark_name = "DRAIN_KIT_LEFTOVERS=";

/// A run of the kit whose every process and file can be told from others.
class marked_run {
 public:
  /// `server`: the line that starts it, and becomes it.
  marked_run(const std::string& server, const std::string& scenario, const std::vector<std::string>& more = {})
      : kit_(command_of(server, scenario, more)) {}

  child_process& kit() { return kit_; }
  /// The server's process, once a shell has become it; 0 if there is none.
  pid_t server() const {
    for (const auto pid : processes())
      if (text_of("/proc/" + std::to_string(pid) + "/comm").starts_with("careless")) return pid;
    return 0;
  }
  /// Waits until the server of the scenario, behind the one that was tried out, has its eight clients. False if this
  /// was never seen: on a busy machine the kit may be done by then.
  bool is_under_way() {
    constexpr std::ptrdiff_t threads = 2 + 8;  // one for each connection
    bool seen = false;
    eventually(slack(60s), [&] {
      const auto started = text_of(trace_.path() / "folders");
      std::error_code gone;
      if (std::count(started.begin(), started.end(), '\n') >= 2) {
        const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(server()) + "/task", gone);
        seen = !gone && std::distance(begin(tasks), end(tasks)) >= threads;
      }
      return seen || kit_.wait_exit(0ms).has_value();
    });
    return seen;
  }

  /// No process, file or interface is left.
  void expect_nothing_left() const {
    EXPECT_TRUE(eventually(ample, [&] { return processes().empty(); })) << "left:" << told(processes());
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
    std::istringstream folders(text_of(trace_.path() / "folders"));
    for (std::string one; std::getline(folders, one);) EXPECT_FALSE(std::filesystem::exists(one)) << one;
    for (const char* end : {"outside", "inside"}) EXPECT_EQ(::if_nametoindex(end), 0U) << end;
  }

 private:
  command command_of(const std::string& server, const std::string& scenario,
                     const std::vector<std::string>& more) const {
    command what;
    what.program = DRAIN_KIT;
    what.arguments = {"--start",   "echo {dir} >>" + (trace_.path() / "folders").string() + "; " + server,
                      "--profile", CARELESS_PROFILE,
                      "--grace",   "3",
                      "--margin",  "1.5",
                      "--only",    scenario};
    what.arguments.insert(what.arguments.end(), more.begin(), more.end());
    what.environment = {"PATH=/usr/bin:/bin", "TMPDIR=" + folder_.path().string(), mark()};
    return what;
  }
  std::string mark() const { return mark_name + folder_.path().string(); }

  static std::string told(const std::vector<pid_t>& processes) {
    std::string all;
    for (const auto pid : processes) all += "\n" + text_of("/proc/" + std::to_string(pid) + "/stat");
    return all;
  }
  std::vector<pid_t> processes() const {
    std::vector<pid_t> all;
    std::error_code fault;
    for (std::filesystem::directory_iterator each("/proc", fault), end; !fault && each != end; each.increment(fault)) {
      const auto pid = std::atoi(each->path().filename().c_str());
      if (pid > 0 && pid != kit_.pid() && text_of(each->path() / "environ").find(mark()) != std::string::npos)
        all.push_back(pid);
    }
    return all;
  }

  const temp_dir folder_, trace_;
  child_process kit_;
};

std::string careless(const std::string& fault) { return std::string(CARELESS_SERVER) + " {port} " + fault; }

/// By scenario: one in the machine's own namespaces, and one in namespaces that the kit makes, if it may.
class DrainKitLeftovers : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string(GetParam()) == "pid-1" && ::geteuid() != 0) GTEST_SKIP() << "needs root, to make namespaces";
  }
};

// A run that ends by itself leaves nothing, nor does one whose server leaves a child.
TEST_P(DrainKitLeftovers, NoneAfterTheEnd) {
  for (const char* fault : {"none", "leaves-child"}) {
    marked_run run("exec " + careless(fault), GetParam());
    ASSERT_TRUE(run.kit().wait_exit(slack(60s)));
    run.expect_nothing_left();
  }
}

/// Runs of the kit in the midst of which something happens, until one ends with this code; a few may be over before.
/// Each leaves nothing.
template <class Happens>
void expect_end_once(int code, const std::string& server, const std::string& scenario, Happens happens) {
  std::string told;
  for (int i = 0; i < 5; ++i) {
    marked_run run(server, scenario);
    if (run.is_under_way()) happens(run);
    const auto end = run.kit().wait_exit(slack(60s));
    ASSERT_TRUE(end) << run.kit().out().text();
    run.expect_nothing_left();
    if (end->code == code) return;
    told += end->describe() + "\n" + run.kit().out().text();
  }
  ADD_FAILURE() << told;
}

// Ctrl-C in the middle of a stop: the server, which would hold it, and its child go with the kit.
TEST_P(DrainKitLeftovers, NoneAfterCtrlC) {
  expect_end_once(130, "exec " + careless("leaves-child"), GetParam(),
                  [](marked_run& run) { run.kit().signal(SIGINT); });
}

// The server killed under its clients: the kit says so, and ends.
TEST_P(DrainKitLeftovers, NoneAfterTheServerIsKilled) {
  expect_end_once(1, "exec " + careless("none"), GetParam(), [](marked_run& run) {
    const auto server = run.server();
    if (server > 0) ::kill(server, SIGKILL);
  });
}

INSTANTIATE_TEST_SUITE_P(Scenarios, DrainKitLeftovers, ::testing::Values("uploads", "pid-1"),
                         [](const auto& which) { return std::string(which.param) == "pid-1" ? "pid_1" : which.param; });

// Nor does an interruption leave who has made sessions of their own, one below the other.
TEST(DrainKitLeftoversOfSessions, NoneWhenInterrupted) {
  const auto server = "setsid sh -c 'setsid sleep 300 & sleep 300' & exec " + careless("ignores-signal");
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    expect_end_once(128 + number, server, "uploads", [&](marked_run& run) { run.kit().signal(number); });
}

// A server that goes into the background is told to stay, and ended with all that it has started, in sessions too.
TEST(DrainKitLeftoversOfSessions, NoneAfterAStartThatFails) {
  for (const char* session : {"", "setsid ", "setsid setsid -f "}) {
    marked_run run(session + careless("none") + " & exec true", "uploads");
    const auto end = run.kit().wait_exit(slack(60s));
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, 2);
    run.kit().err().wait_end();
    EXPECT_NE(run.kit().err().text().find("it must stay in the foreground"), std::string::npos)
        << run.kit().err().text();
    run.expect_nothing_left();
  }
}

// One that doesn't answer in time leaves nothing either.
TEST(DrainKitLeftoversOfSessions, NoneAfterAStartInVain) {
  marked_run run("echo {port}; setsid sleep 300 & exec sleep 300", "uploads", {"--start-timeout", "1"});
  const auto end = run.kit().wait_exit(slack(60s));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 2);
  run.kit().err().wait_end();
  EXPECT_NE(run.kit().err().text().find("within 1 s"), std::string::npos) << run.kit().err().text();
  run.expect_nothing_left();
}

}  // namespace
}  // namespace sundown::test
