// Upgrades that come to nothing: the old process goes on, and says why.
#include "process/lineage.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace sundown::test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// The program by a path of its own, which a test can put another file behind.
class replaceable_program {
 public:
  replaceable_program() { restore(); }
  std::string path() const { return (directory_ / "sundown").string(); }

  void restore() {
    fs::remove(path());
    fs::create_symlink(binary_path(), path());
  }
  void replace_by_script(const std::string& lines) {
    fs::remove(path());
    std::ofstream(path()) << "#!/bin/sh\n" << lines << "\n";
    fs::permissions(path(), fs::perms::owner_all);
  }
  void remove() { fs::remove(path()); }

 private:
  temp_dir directory_;
};

class FailedUpgrade : public testing::Test {
 protected:
  service_options options(settings environment = {}) const {
    auto all = with(std::move(environment));
    all.program = program_.path();
    return all;
  }
  /// Sends SIGUSR2, which must fail for this reason, and change nothing for clients.
  static void fails(lineage& app, std::string_view why) {
    const auto before = app.count("upgrade failed: this process goes on");
    auto client = connected(app.http());
    app.signal(SIGUSR2);
    ASSERT_TRUE(eventually(ample, [&] { return app.count("upgrade failed: this process goes on") > before; }))
        << app.first().log();
    EXPECT_THAT(app.out().text(), HasSubstr(std::string(why)));
    EXPECT_EQ(client.send(get("/hello")), sending::sent);
    EXPECT_EQ(client.read_response().status, 200);
    EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
    EXPECT_EQ(ask(app.admin(), get("/ready")).status, 200);
  }

  replaceable_program program_;
};

// A new program that exits, that is not there, or that can't be executed: the reason is in the log, and an upgrade to a
// good one works afterwards, from the same path.
TEST_F(FailedUpgrade, ProgramThatExits) {
  lineage app(options());
  program_.replace_by_script("exit 1");
  fails(app, "it exited with code 1 before it was ready");
  program_.replace_by_script("kill -9 $$");
  fails(app, "it was killed by signal 9");
  program_.remove();
  fails(app, "No such file or directory");
  program_.restore();
  app.upgrade();
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  app.signal(SIGTERM);
  EXPECT_EQ(app.exit_code(), 0);
}

// A configuration that is faulty by now: the new process refuses it, the old one goes on.
TEST_F(FailedUpgrade, FaultyConfiguration) {
  const temp_dir directory;
  const auto file = (directory / "service.toml").string();
  std::ofstream(file) << "[http]\nbacklog = 100\n";
  auto how = options();
  how.arguments = {"--config", file};
  lineage app(how);
  std::ofstream(file) << "[http]\nbacklog = \"many\"\n";
  fails(app, "it exited with code 2 before it was ready");
}

// One that doesn't become ready in time is killed, and nothing else is.
TEST_F(FailedUpgrade, ProgramThatIsNeverReady) {
  lineage app(options({{"SUNDOWN_UPGRADE__TIMEOUT", "300ms"}}));
  program_.replace_by_script("exec sleep 600");
  fails(app, "it was not ready within 300ms");
  const auto line = app.out().wait_for("upgrade: started the new process");
  ASSERT_TRUE(line);
  EXPECT_EQ(::kill(lineage::pid_in(*line), 0), -1) << "it still runs";
}

// A guardian that somebody has stopped, with its process or without, changes nothing about that: nothing is left.
TEST_F(FailedUpgrade, GuardianThatIsStopped) {
  for (const bool child_as_well : {true, false}) {
    SCOPED_TRACE(child_as_well);
    program_.restore();
    lineage app(options({{"SUNDOWN_UPGRADE__TIMEOUT", "3s"}}));
    program_.replace_by_script("exec sleep 600");
    app.signal(SIGUSR2);
    const auto line = app.out().wait_for("upgrade: started the new process");
    ASSERT_TRUE(line);
    const auto started = lineage::pid_in(*line);
    const auto guardian = lineage::parent_of(started);
    ASSERT_GT(guardian, 1);
    if (child_as_well) ::kill(started, SIGSTOP);
    ::kill(guardian, SIGSTOP);
    EXPECT_TRUE(eventually(ample, [&] { return app.count("upgrade failed: this process goes on") == 1; }))
        << app.first().log();
    EXPECT_TRUE(eventually(ample, [&] { return app.members().size() == 1; })) << "a process is left";
    app.signal(SIGTERM);
    EXPECT_EQ(app.exit_code(), 0);
  }
}

// However many come, the log has a line a second about it.
TEST_F(FailedUpgrade, RefusalsDontFloodTheLog) {
  lineage app(options({{"SUNDOWN_UPGRADE__TIMEOUT", "60s"}}));
  program_.replace_by_script("exec sleep 600");
  app.signal(SIGUSR2);
  ASSERT_TRUE(app.out().wait_for("upgrade: started the new process"));
  const auto begin = clock::now();
  for (int i = 0; i < 500; ++i) {
    app.signal(SIGUSR2);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  const auto seconds = static_cast<std::size_t>((clock::now() - begin) / std::chrono::seconds(1));
  app.signal(SIGTERM);
  EXPECT_EQ(app.exit_code(), 0);
  EXPECT_LE(app.count("upgrade refused"), seconds + 3);
}

// A second SIGUSR2 while an upgrade is under way is refused.
TEST_F(FailedUpgrade, OneAtATime) {
  lineage app(options({{"SUNDOWN_UPGRADE__TIMEOUT", "60s"}}));
  program_.replace_by_script("exec sleep 600");
  app.signal(SIGUSR2);
  ASSERT_TRUE(app.out().wait_for("upgrade: started the new process"));
  app.signal(SIGUSR2);
  const auto line = app.out().wait_for("upgrade refused");
  ASSERT_TRUE(line);
  EXPECT_THAT(*line, HasSubstr("one is under way"));
  EXPECT_EQ(app.count("upgrade: started the new process"), 1U);
}

// A stop calls an upgrade off that is under way: both processes end, and the listeners are closed in order.
TEST_F(FailedUpgrade, StopCallsItOff) {
  lineage app(options({{"SUNDOWN_UPGRADE__TIMEOUT", "60s"}}));
  program_.replace_by_script("exec sleep 600");
  app.signal(SIGUSR2);
  const auto line = app.out().wait_for("upgrade: started the new process");
  ASSERT_TRUE(line);
  app.signal(SIGTERM);
  EXPECT_EQ(app.exit_code(), 0);
  const auto started = lineage::pid_in(*line);
  const auto ended = [started] {
    ::waitpid(started, nullptr, WNOHANG);  // it may be ours by now
    return ::kill(started, 0) != 0;
  };
  EXPECT_TRUE(eventually(ample, ended)) << "the new process still runs";
  EXPECT_EQ(raw_client().connect(app.http()), connecting::refused);
}

// PID 1 can't be replaced: a container ends with it.
TEST_F(FailedUpgrade, RefusedAsPid1) {
  const temp_dir directory;
  auto whole = service_command(test_service(options()), directory.path());
  whole.arguments.insert(whole.arguments.begin(), {"--pid", "--fork", "--kill-child", whole.program});
  whole.program = "/usr/bin/unshare";
  child_process outer(whole);
  const auto where = wait_ready_line(outer.out());
  if (!where) GTEST_SKIP() << "needs root, to make a PID namespace: " << outer.err().text();
  std::ifstream children("/proc/" + std::to_string(outer.pid()) + "/task/" + std::to_string(outer.pid()) + "/children");
  pid_t pid = 0;
  ASSERT_TRUE(children >> pid);
  ::kill(pid, SIGUSR2);
  const auto line = outer.out().wait_for("upgrade refused");
  ASSERT_TRUE(line);
  EXPECT_THAT(*line, HasSubstr("PID 1"));
  EXPECT_EQ(ask(where->http, get("/hello")).status, 200);
  ::kill(pid, SIGTERM);
  const auto end = outer.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 0) << end->describe();
}

}  // namespace
}  // namespace sundown::test
