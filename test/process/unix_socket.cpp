// Listeners on unix sockets, in a real process: its commands, its stop, its upgrade, and systemd's sockets.
#include "process/lineage.hpp"
#include "process/outcome.hpp"
#include "process/stop_report.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class OverUnixSockets : public testing::Test {
 protected:
  bool is_there(const std::string& path) const {
    return std::filesystem::exists(std::filesystem::symlink_status(path));
  }
  service_options options(settings more = {}) const {
    more["SUNDOWN_HTTP__ADDRESS"] = "unix:" + http;
    more["SUNDOWN_ADMIN__ADDRESS"] = "unix:" + admin;
    return with(std::move(more));
  }
  /// Clients that knock all the time until nobody listens; those that had connected and got no answer.
  struct crowd {
    explicit crowd(const endpoint& where) {
      for (int i = 0; i < 8; ++i) clients.emplace_back([this, where] { knock(where); });
    }
    void knock(const endpoint& where) {
      for (;;) {
        raw_client client;
        const auto how = client.connect(where);
        if (how == connecting::refused) return;
        client.send(get("/hello"));
        const auto answer = client.read_response();
        ++(how == connecting::connected && answer.status == 200 && answer.whole() ? answered : lost);
      }
    }
    std::atomic<int> answered{0}, lost{0};
    std::vector<std::jthread> clients;
  };

  /// Without access lines: two processes write into one pipe.
  const settings quiet = patient({{"SUNDOWN_LOG__ACCESS", "false"}});
  const temp_dir directory;
  const std::string http = (directory / "http.sock").string(), admin = (directory / "admin.sock").string();
};

/// A listening unix socket, as systemd holds one for a service.
unique_fd listening_file(const std::string& path) {
  unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  path.copy(at.sun_path, sizeof at.sun_path - 1);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || ::listen(fd.get(), 1024) != 0)
    throw std::system_error(errno, std::generic_category(), path);
  return fd;
}

// Both listeners are files; the commands find the admin one and need no token; both files go with the process.
TEST_F(OverUnixSockets, ServesAndIsOperated) {
  running app(options());
  EXPECT_EQ(app.http().address, "unix:" + http);
  EXPECT_EQ(ask(app.http(), get("/hello")).body, "Hello, World!");
  EXPECT_TRUE(app.process().out().wait_for("\"remote\":\"unix:\""));
  EXPECT_EQ(run_to_end(options(), {"healthcheck"}).code, 0);
  EXPECT_EQ(run_to_end(options(), {"admin", "drain"}).code, 0);
  EXPECT_EQ(ask(app.admin(), get("/ready")).status, 503);
  EXPECT_EQ(run_to_end(options(), {"admin", "shutdown"}).code, 0);
  const auto end = app.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 0) << end->describe();
  EXPECT_FALSE(is_there(http));
  EXPECT_FALSE(is_there(admin));
  const auto unhealthy = run_to_end(options(), {"healthcheck"});
  EXPECT_EQ(unhealthy.code, 1);
  EXPECT_THAT(unhealthy.err, AllOf(HasSubstr("unix:" + admin + " /live"), HasSubstr("No such file")));
}

// A killed process leaves its files; the next one replaces them. One that runs is not displaced, and says who it is.
TEST_F(OverUnixSockets, StaleFilesAndSecondServices) {
  running app(options());
  app.signal(SIGKILL);
  ASSERT_TRUE(app.wait_exit());
  EXPECT_TRUE(is_there(http));
  app.restart();
  app.must_be_ready();
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  EXPECT_THAT(failed_start(options()),
              HasSubstr("is in use: process " + std::to_string(app.process().pid()) + " listens there"));
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  // A start that fails behind the first listener takes that one's file with it.
  auto half = options();
  const auto other = (directory / "other.sock").string();
  half.environment["SUNDOWN_HTTP__ADDRESS"] = "unix:" + other;
  EXPECT_THAT(failed_start(half), HasSubstr("admin.address: unix:" + admin + " is in use"));
  EXPECT_FALSE(is_there(other));
}

// TLS is for addresses.
TEST_F(OverUnixSockets, NoTls) {
  auto encrypted = options();
  encrypted.environment["SUNDOWN_HTTP__TLS__CERTIFICATE"] = "/nowhere.pem";
  encrypted.environment["SUNDOWN_HTTP__TLS__KEY"] = "/nowhere.pem";
  const auto checked = run_to_end(encrypted, {"--check-config"});
  EXPECT_EQ(checked.code, 2);
  EXPECT_THAT(checked.out + checked.err, HasSubstr("http.address is a unix socket"));
}

// Requests under way, a late one on an idle connection, and a crowd that knocks: nobody loses anything, twenty times.
TEST_F(OverUnixSockets, StopsLoseNothing) {
  for (int round = 0; round < 20; ++round) {
    running app(options(quiet));
    held_requests requests(app.http(), 3);
    auto idle = connected(app.http());
    ASSERT_EQ(idle.send(get("/hello")), sending::sent);
    ASSERT_TRUE(idle.read_response().whole());
    crowd knocking(app.http());
    ASSERT_TRUE(eventually(ample, [&] { return knocking.answered > 20; }));
    app.signal(SIGTERM);
    ASSERT_TRUE(eventually(ample, [&] { return !is_there(http); }));
    ASSERT_EQ(idle.send(get("/hello")), sending::sent);
    requests.finish();
    expect_last_answer(idle);
    knocking.clients.clear();
    EXPECT_EQ(knocking.lost, 0);
    expect_exit(app, 0, ample);
    EXPECT_TRUE(report_of(app).cut.empty());
  }
}

// An upgrade hands the files over: clients find one all the time, the new process removes them in the end.
TEST_F(OverUnixSockets, Upgrades) {
  lineage app(options(quiet));
  crowd knocking(app.http());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(eventually(ample, [&, before = knocking.answered.load()] { return knocking.answered > before + 20; }));
    app.upgrade();
    EXPECT_TRUE(is_there(http));
    EXPECT_TRUE(is_there(admin));
    EXPECT_EQ(ask(app.admin(), get("/ready")).status, 200);
  }
  app.signal(SIGTERM);
  EXPECT_EQ(app.exit_code(), 0);
  knocking.clients.clear();
  EXPECT_EQ(knocking.lost, 0);
  EXPECT_FALSE(is_there(http));
  EXPECT_FALSE(is_there(admin));
}

// systemd's own socket is its own: the file stays, and who connects while nobody is there is answered by the next.
TEST_F(OverUnixSockets, SocketActivation) {
  const auto held = listening_file(http);
  service_options handed = with({});
  handed.descriptors = {held.get()};
  running app(handed);
  EXPECT_EQ(app.http().address, "unix:" + http);
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  app.signal(SIGTERM);
  expect_exit(app, 0, ample);
  EXPECT_TRUE(is_there(http));
  auto client = connected({"unix:" + http, 0});
  ASSERT_EQ(client.send(get("/hello")), sending::sent);
  app.restart();
  app.must_be_ready();
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

}  // namespace
}  // namespace sundown::test
