// What the image is, and what it needs.
#include "container/docker.hpp"

#include "support/testing.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> locked{"--read-only",       "--cap-drop", "ALL",  "--security-opt",
                                      "no-new-privileges", "--user",     "65532"};

// With a read-only root, no capability and no user of consequence it serves, and stops without a word of warning:
// closing the listener without a reset needs no privilege either.
TEST(Image, NeedsNoPrivilege) {
  container app(locked);
  app.wait_ready();
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  EXPECT_EQ(app.call({"stop"}).code, 0);
  expect_stopped(app, 0);
  EXPECT_THAT(app.log(), AllOf(HasSubstr("shutdown report"), Not(HasSubstr("\"level\":\"error\"")),
                               Not(HasSubstr("\"level\":\"warn\""))));
}

// The engine finds it healthy, by the binary's own check, as locked up as it may be.
TEST(Image, BecomesHealthy) {
  auto options = locked;
  options.insert(options.end(), {"--health-interval", "1s"});
  container app(options);
  EXPECT_TRUE(eventually(patience, [&] { return app.inspect("{{.State.Health.Status}}") == "healthy"; }))
      << app.inspect("{{json .State.Health}}");
}

// The user is not root, the entry point is in exec form, so that the service is PID 1 itself, and the stop begins with
// SIGTERM.
TEST(Image, SaysHowItIsRun) {
  container app;
  EXPECT_EQ(app.inspect("{{.Config.User}} {{json .Config.Entrypoint}} {{.Config.StopSignal}}"),
            R"(65532:65532 ["/usr/bin/sundown"] SIGTERM)");
  EXPECT_EQ(app.inspect(R"({{index .Config.Labels "org.opencontainers.image.title"}})"), "sundown");
}

// It says which packages of Debian it is made of, where scanners look: those of the libraries beside the binary, and
// those whose headers it is compiled of.
TEST(Image, SaysWhatItIsMadeOf) {
  const container app;
  const temp_dir copy;
  ASSERT_EQ(docker({"cp", app.inspect("{{.Id}}") + ":/var/lib/dpkg/status.d", copy.path().string()}).code, 0);
  std::vector<std::string> names;
  for (const auto& each : std::filesystem::directory_iterator(copy.path() / "status.d")) {
    names.push_back(each.path().filename());
    std::ifstream file(each.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(text, AllOf(HasSubstr("Package: " + names.back() + "\n"), HasSubstr("\nVersion: "))) << each.path();
  }
  for (const auto* package : {"libc6", "libstdc++6", "libssl3", "ca-certificates", "libboost1", "libspdlog-dev"})
    EXPECT_THAT(names, testing::Contains(testing::StartsWith(package)));
}

// Its files have the time that the build is given, the commit's, instead of the build's own: the same commit makes the
// same files.
TEST(Image, HasTheTimeOfItsCommit) {
  const container app;
  const temp_dir copy;
  for (const auto* file : {"/usr/bin/sundown", "/etc/sundown/service.toml", "/etc/passwd"}) {
    const auto into = copy.path() / "file";
    ASSERT_EQ(docker({"cp", app.inspect("{{.Id}}") + ":" + file, into.string()}).code, 0);
    const auto time = std::filesystem::last_write_time(into);
    EXPECT_EQ(std::chrono::file_clock::to_sys(time), std::chrono::sys_seconds{}) << file;
  }
}

// Nobody who gets in finds a shell or a package manager.
TEST(Image, HasNoShell) {
  container app;
  app.wait_ready();
  for (const auto* program : {"sh", "/bin/sh", "bash", "busybox", "apt-get", "dpkg"}) {
    const auto done = docker({"exec", app.inspect("{{.Id}}"), program});
    EXPECT_THAT(done.code, AnyOf(126, 127)) << program << ": " << done.out << done.err;
  }
}

// It is smaller than 60 MB.
TEST(Image, IsSmall) {
  const auto size = docker_output({"image", "inspect", "--format", "{{.Size}}", std::getenv("SUNDOWN_TEST_IMAGE")});
  RecordProperty("bytes", size);
  EXPECT_LT(std::stoul(size), 60'000'000U);
}

// 64 MB are enough for a hundred clients that take a megabyte each: the kernel never has to kill it.
TEST(Image, LivesWithLittleMemory) {
  container app({"--memory", "64m"});
  app.wait_ready();
  ASSERT_EQ(app.inspect("{{.HostConfig.Memory}}"), "67108864");
  std::vector<raw_client> clients(100);
  for (auto& client : clients) {
    ASSERT_EQ(client.connect(app.http()), connecting::connected);
    ASSERT_EQ(client.send(get("/demo/bytes?n=1000000")), sending::sent);
  }
  for (auto& client : clients) EXPECT_EQ(client.read_response(patience).body.size(), 1'000'000U);
  EXPECT_EQ(app.call({"stop"}).code, 0);
  expect_stopped(app, 0);
}

}  // namespace
}  // namespace sundown::test
