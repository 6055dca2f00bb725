// What each signal means, once and repeated.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"
#include "support/testing.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace sundown::test {
namespace {

/// The moments of a scenario: time is here what is tested, not a means to wait for something.
void at(clock::time_point from, milliseconds offset) { std::this_thread::sleep_until(from + offset); }

// A second Ctrl-C ends the process within 100 ms with 130, whatever is still under way, and the log is complete.
TEST(StopSignals, SecondInterruptForcesTheExit) {
  const auto took = fastest(slack(100ms), [] {
    running app(with(patient()));
    const auto stuck = connect_each(app.http(), 1, get("/demo/sleep?ms=600000"));
    EXPECT_TRUE(app.wait_all_read());
    stop(app, SIGINT);
    at(clock::now(), 600ms);  // since it has heard of the first
    app.signal(SIGINT);
    const auto end = expect_exit(app, 130, ample);
    EXPECT_EQ(report_of(app).exit_code, 130);
    return end.after_signal;
  });
  EXPECT_LE(took, slack(100ms));
}

// Two interrupts within half a second are one press (a terminal and a wrapper may both send it): the drain goes on.
// Played again where the machine let half a second pass between them.
TEST(StopSignals, BouncedInterruptIsOne) {
  for (int i = 0; i < 10; ++i) {
    running app(with(patient()));
    held_requests requests(app.http(), 3);
    app.signal(SIGINT);
    const auto first = app.process().signalled();
    at(first, 50ms);
    app.signal(SIGINT);
    if (app.process().out().wait_for("SIGINT ignored: too soon")) {
      await_stop(app);
      requests.finish();
      expect_exit(app, 0, ample);
      return;
    }
    const auto end = expect_exit(app, 130, ample);
    ASSERT_GE(between(first, end.at), 500ms) << app.log();
  }
  FAIL() << "there was no half second for two signals";
}

// Orchestrators may repeat SIGTERM: it neither shortens nor prolongs the drain.
TEST(StopSignals, RepeatedTermChangesNothing) {
  running app(with(patient()));
  held_requests requests(app.http(), 10);
  stop(app, SIGTERM);
  const auto first = app.process().signalled();
  for (int i = 1; i <= 20; ++i) {
    at(first, i * 30ms);
    app.signal(SIGTERM);
  }
  requests.finish();
  expect_exit(app, 0, promptly);
}

// SIGQUIT is the fast stop: under a second, with what was under way cut and named, and why.
TEST(StopSignals, QuitCutsWhatIsUnderWay) {
  running app(with(patient()));
  const auto stuck = connect_each(app.http(), 5, get("/demo/sleep?ms=600000"));
  ASSERT_TRUE(app.wait_all_read());
  app.signal(SIGQUIT);
  expect_exit(app, 3, promptly);
  const auto report = report_of(app);
  EXPECT_EQ(report.cut.size(), 5U) << report.text;
  for (const auto& each : report.cut) EXPECT_EQ(each.why, "fast stop") << report.text;
}

// Signals that kill a process by default, and mean nothing to this one, end neither it nor what it does; however many
// come, each has one line.
TEST(StopSignals, OthersAreIgnored) {
  running app(with(patient()));
  std::vector<int> others{SIGUSR1, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXCPU, SIGXFSZ};
  for (const int number : {SIGRTMIN, SIGRTMIN + 1, SIGRTMAX}) others.push_back(number);
  held_requests requests(app.http(), 3);
  ASSERT_TRUE(app.wait_all_read());
  for (const int number : others) app.signal(number);
  const auto told = [&] {
    const auto lines = app.process().out().lines();
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [](const auto& one) { return one.find("signal ignored") != one.npos; }));
  };
  EXPECT_TRUE(eventually(ample, [&] { return told() == others.size(); })) << told();
  for (int i = 0; i < 1000; ++i)
    for (const int number : others) app.signal(number);
  stop(app, SIGTERM);
  requests.finish();
  expect_exit(app, 0, promptly);
  EXPECT_EQ(told(), others.size());
}

// From the first moment at which the service takes signals on.
TEST(StopSignals, OthersAreIgnoredAtStart) {
  service app;
  ASSERT_TRUE(app.process().wait_handles(SIGRTMAX));
  for (int i = 0; i < 20; ++i) {
    for (const int number : {SIGUSR1, SIGALRM, SIGPWR, SIGRTMAX, SIGHUP}) app.signal(number);
    at(clock::now(), 1ms);
  }
  ASSERT_TRUE(app.wait_ready()) << app.log();
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
}

/// A configuration file that is a pipe: it opens, and reading it would never end.
class silent_file {
 public:
  explicit silent_file(const std::filesystem::path& path) : path_(path) {
    std::filesystem::remove(path_);
    if (::mkfifo(path_.c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
    writer_.reset(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
  }

 private:
  std::filesystem::path path_;
  unique_fd writer_;
};

// A configuration that can't be read holds up neither the service nor its stop, which is an ordinary one.
TEST(StopSignals, HangupOverASilentFileHoldsUpNothing) {
  const temp_dir directory;
  const auto file = directory / "service.toml";
  std::ofstream(file) << "[http]\nbacklog = 100\n";
  service_options options;
  options.arguments = {"--config", file.string()};
  running app(options);
  const silent_file silent(file);
  for (int i = 0; i < 10; ++i) app.signal(SIGHUP);
  EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
  EXPECT_EQ(report_of(app).exit_code, 0);
}

// What is no file any more is refused with a line in the log, as often as it is asked for.
TEST(StopSignals, HangupOverASilentFileIsRefused) {
  const temp_dir directory;
  const auto file = directory / "service.toml";
  std::ofstream(file) << "[http]\nbacklog = 100\n";
  service_options options;
  options.arguments = {"--config", file.string()};
  running app(options);
  {
    const silent_file silent(file);
    app.signal(SIGHUP);
    EXPECT_TRUE(app.process().out().wait_for("reload refused")) << app.log();
    EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  }
  std::filesystem::remove(file);
  std::ofstream(file) << "[http]\nbacklog = 100\n";
  app.signal(SIGHUP);
  EXPECT_TRUE(app.process().out().wait_for("\"reloaded\"")) << app.log();
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
}

// At the start it is refused at once too: there is nothing to wait for that a reload could read again.
TEST(StopSignals, StartOverASilentFileIsRefused) {
  const temp_dir directory;
  const silent_file silent(directory / "service.toml");
  service_options options;
  options.arguments = {"--config", (directory / "service.toml").string()};
  service app(options);
  const auto end = app.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 2) << app.log();
  EXPECT_NE(app.written().find("is a pipe"), std::string::npos);
}

// With nothing under way there is nothing to cut: SIGQUIT exits with 0. Played again where the machine stood still for
// what closing has of that stop's second.
TEST(StopSignals, QuitOfAnIdleServiceIsClean) {
  for (int i = 0; i < 5; ++i) {
    running app(with(patient()));
    const auto idle = connect_each(app.http(), 5);
    app.signal(SIGQUIT);
    const auto end = app.wait_exit();
    ASSERT_TRUE(end) << app.log();
    if (end->code == 0) return;
    ASSERT_TRUE(end->code == 3 && closing_overran(app)) << app.log();
  }
  FAIL() << "closing never had its time";
}

// SIGQUIT speeds up a drain that is under way.
TEST(StopSignals, QuitSpeedsUpADrain) {
  running app(with(patient()));
  const auto stuck = connect_each(app.http(), 1, get("/demo/sleep?ms=600000"));
  ASSERT_TRUE(app.wait_all_read());
  app.signal(SIGTERM);
  at(app.process().signalled(), 200ms);
  app.signal(SIGQUIT);
  expect_exit(app, 3, promptly);
}

// SIGHUP never ends the service: not at start, not while it serves, not while it drains.
TEST(StopSignals, HangupNeverEndsIt) {
  service app(with(patient()));
  ASSERT_TRUE(app.process().wait_handles(SIGHUP));
  app.signal(SIGHUP);
  ASSERT_TRUE(app.wait_ready()) << app.log();
  for (int i = 0; i < 5; ++i) {
    app.signal(SIGHUP);
    EXPECT_EQ(ask(app.http(), get("/hello")).body, "Hello, World!");
  }
  held_requests requests(app.http(), 3);
  stop(app, SIGTERM);
  app.signal(SIGHUP);
  requests.finish();
  expect_exit(app, 0, promptly);
}

}  // namespace
}  // namespace sundown::test
