// Listening sockets that somebody else has opened, by the protocol of sd_listen_fds(3).
#include "process/listening_socket.hpp"
#include "process/outcome.hpp"
#include "process/scenario.hpp"
#include "process/steady_load.hpp"
#include "wire/reserved_port.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

service_options handed(std::vector<int> descriptors, settings environment = {}) {
  auto options = with(std::move(environment));
  options.descriptors = std::move(descriptors);
  return options;
}

// Sockets with names go to the listeners of these names, whatever the configuration says of addresses.
TEST(SocketActivation, TakesSocketsByTheirNames) {
  const listening_socket one, two;
  running app(handed({one.fd(), two.fd()}, {{"LISTEN_FDNAMES", "admin:http"}}));
  EXPECT_EQ(app.admin().port, one.where().port);
  EXPECT_EQ(app.http().port, two.where().port);
  EXPECT_EQ(ask(two.where(), get("/hello")).status, 200);
  EXPECT_EQ(ask(one.where(), get("/ready")).status, 200);
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
}

// Without names, or with systemd's own (the socket unit's), the first is the service's and the second the admin
// listener's; one that isn't handed over is opened as ever.
TEST(SocketActivation, TakesSocketsByTheirOrder) {
  const listening_socket one, two;
  for (const settings& names : {settings{}, settings{{"LISTEN_FDNAMES", "sundown.socket:sundown.socket"}}}) {
    running app(handed({one.fd(), two.fd()}, names));
    EXPECT_EQ(app.http().port, one.where().port);
    EXPECT_EQ(app.admin().port, two.where().port);
  }
  running app(handed({one.fd()}));
  EXPECT_EQ(app.http().port, one.where().port);
  EXPECT_EQ(ask(app.admin(), get("/ready")).status, 200);
}

// Several sockets on one address are spread over the workers, also when they are more: no queue is left alone.
TEST(SocketActivation, AcceptsFromEverySocket) {
  const listening_socket one, two(one.where().port), three(one.where().port), four(one.where().port),
      five(one.where().port);
  running app(
      handed({one.fd(), two.fd(), three.fd(), four.fd(), five.fd()}, {{"LISTEN_FDNAMES", "http:http:http:http:http"}}));
  for (int i = 0; i < 60; ++i) ASSERT_EQ(ask(one.where(), get("/hello")).status, 200) << i;
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
}

// Who connects while no process is there waits in the socket's queue, and is answered by the next.
TEST(SocketActivation, QueueOutlivesTheProcess) {
  const listening_socket one;
  running app(handed({one.fd()}));
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
  auto client = connected(one.where());
  ASSERT_EQ(client.send(get("/hello")), sending::sent);
  app.restart();
  app.must_be_ready();
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// Twenty restarts under load: no client loses anything.
TEST(SocketActivation, RestartsLoseNothing) {
  const listening_socket http, admin;
  running app(handed({http.fd(), admin.fd()}, patient()));
  steady_load load(http.where(), admin.where());
  twenty_times(load, app, [&] { stop_and_restart(app); });
  load.stop();
  EXPECT_THAT(load.losses_but_probes(), IsEmpty());
  RecordProperty("requests", static_cast<int>(load.answered()));
}

// Variables that are meant for another process are left alone.
TEST(SocketActivation, IgnoresTheSocketsOfAnotherProcess) {
  running app(with({{"LISTEN_PID", "1"}, {"LISTEN_FDS", "1"}}));
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
}

/// The same with this in place of a listening socket.
std::string failed_start(int descriptor, settings environment = {}) {
  return test::failed_start(handed({descriptor}, std::move(environment)));
}

// What is no listening socket, and variables that make no sense, are refused at the start, by name.
TEST(SocketActivation, RefusesWhatIsNoListeningSocket) {
  const unique_fd file(::open("/dev/null", O_RDWR | O_CLOEXEC)),
      local(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      datagram(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const listening_socket deaf(0, false), good;
  EXPECT_THAT(failed_start(file.get()),
              HasSubstr("file descriptor 3, handed over as a listening socket, is no socket"));
  EXPECT_THAT(failed_start(local.get()), HasSubstr("does not listen"));
  EXPECT_THAT(failed_start(datagram.get()), HasSubstr("is no TCP socket"));
  EXPECT_THAT(failed_start(deaf.fd()), HasSubstr("does not listen"));
  EXPECT_THAT(failed_start(good.fd(), {{"LISTEN_FDS", "one"}}), HasSubstr("LISTEN_FDS is 'one'"));
  EXPECT_THAT(failed_start(good.fd(), {{"LISTEN_FDS", "2"}}), HasSubstr("file descriptor 4"));
  EXPECT_THAT(failed_start(good.fd(), {{"LISTEN_FDNAMES", "http:admin"}}), HasSubstr("LISTEN_FDNAMES has 2 names"));
  EXPECT_THAT(failed_start(good.fd(), {{"LISTEN_FDS", "2"}, {"LISTEN_FDNAMES", "http:metrics"}}),
              HasSubstr("'metrics'"));
  EXPECT_THAT(failed_start(good.fd(), {{"LISTEN_FDS", "4"}}), HasSubstr("name each"));
}

// systemd's own tool for it: the first connection starts the service, and is answered.
TEST(SocketActivation, BySystemdSocketActivate) {
  const std::string tool = "/usr/bin/systemd-socket-activate";
  if (!std::filesystem::exists(tool)) GTEST_SKIP() << "needs systemd-socket-activate (apt-get install systemd)";
  const reserved_port port;
  const endpoint free{"127.0.0.1", port.number()};
  service_options options;
  options.program = tool;
  options.arguments = {"-l", "127.0.0.1:" + std::to_string(free.port), "--fdname=http"};
  const temp_dir directory;
  const auto whole = service_command(test_service(options), directory.path());
  // The tool passes on only the variables that it is told to.
  auto command = whole;
  for (const auto& variable : whole.environment) command.arguments.insert(command.arguments.end(), {"-E", variable});
  command.arguments.push_back(binary_path());
  child_process tool_then_service(command);
  ASSERT_TRUE(tool_then_service.err().wait_for("Listening on"));
  EXPECT_EQ(ask(free, get("/hello")).body, "Hello, World!");
  tool_then_service.signal(SIGTERM);
  const auto end = tool_then_service.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 0) << end->describe();
}

}  // namespace
}  // namespace sundown::test
