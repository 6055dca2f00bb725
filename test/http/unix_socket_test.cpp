// A listener on a unix socket: its file, who may not have it, what a request sees of its peer, and its stop.
#include "http/unix_socket.hpp"

#include "http/expect.hpp"
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <sundown/testing/temp_dir.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <latch>
#include <thread>

#include <sys/socket.h>
#include <sys/stat.h>

namespace sundown::test {
namespace {

using http::detail::listen_on_unix;
using http::detail::socket_file;
using testing::AllOf;
using testing::HasSubstr;

bool is_there(const std::string& path) { return std::filesystem::exists(std::filesystem::symlink_status(path)); }

class UnixSockets : public testing::Test {
 protected:
  setting there(std::size_t workers = 2) const {
    setting how;
    how.workers = workers;
    how.limits.address = "unix:" + path;
    return how;
  }
  /// What the start says that fails.
  std::string fault(const std::string& at, const std::string& mode = "0600") const {
    try {
      listen_on_unix("http.address", at, mode, 16);
    } catch (const startup_error& e) {
      return e.what();
    }
    return "none";
  }
  /// A socket whose process has gone without removing its file.
  void leave_stale() const { const unique_fd gone(listen_on_unix("http.address", path, "0600", 16)); }

  temp_dir directory;
  const std::string path = (directory / "x.sock").string();
};

// The file has its mode, whatever the umask, and goes with the stop; all workers serve those who connect to it.
TEST_F(UnixSockets, Serve) {
  const auto before = ::umask(077);
  auto how = there();
  how.limits.socket_mode = "0666";
  {
    serving app(basic_routes, how);
    ::umask(before);
    EXPECT_EQ(app.server().address(), "unix:" + path);
    EXPECT_TRUE(app.server().is_on_this_machine());
    struct stat made{};
    ASSERT_EQ(::stat(path.c_str(), &made), 0);
    EXPECT_EQ(made.st_mode & 07777U, 0666U);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(app.ask(get("/hello")).body, "Hello, World!");
    auto client = app.send(get("/three") + post("/echo", "body", "text/plain"));
    EXPECT_EQ(client.read_response().body, "one two three");
    EXPECT_EQ(client.read_response().body, "body");
    EXPECT_EQ(app.ask(get("/websocket",
                          "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"))
                  .status,
              101);
  }
  EXPECT_FALSE(is_there(path));
}

// A file that nobody listens on any more is replaced; one that is in use, and what is no socket, never.
TEST_F(UnixSockets, ReplaceWhatIsStale) {
  leave_stale();
  ASSERT_TRUE(is_there(path));
  {
    serving app(basic_routes, there());
    EXPECT_EQ(app.ask(get("/hello")).status, 200);
    EXPECT_THAT(fault(path), AllOf(HasSubstr("http.address: unix:" + path + " is in use: process " +
                                             std::to_string(::getpid()) + " listens there"),
                                   HasSubstr("end it")));
    EXPECT_EQ(app.ask(get("/hello")).status, 200);
  }
  std::ofstream(path) << "kept";
  EXPECT_THAT(fault(path), HasSubstr("is there and no socket"));
  std::filesystem::remove(path);
  std::filesystem::create_symlink("/dev/null", path);
  EXPECT_THAT(fault(path), HasSubstr("is there and no socket"));
  EXPECT_TRUE(is_there(path));
}

// Each thing that can be wrong with a place has its sentence.
TEST_F(UnixSockets, SayWhatIsWrong) {
  EXPECT_THAT(fault("x.sock"), HasSubstr("is no absolute path"));
  EXPECT_THAT(fault("@x"), HasSubstr("is no absolute path"));
  EXPECT_THAT(fault("/" + std::string(107, 'x')), HasSubstr("takes at most 107"));
  EXPECT_THAT(fault((directory / "none").string() + "/x.sock"), HasSubstr("its folder is not there"));
  EXPECT_THAT(fault("/proc/x.sock"), HasSubstr("can't be"));
  EXPECT_THAT(fault(path, "rw"), HasSubstr("can't have the mode 'rw'"));
  EXPECT_FALSE(is_there(path));
}

// A file that another process has put there in the meantime is not removed; nor is one of a server that shares it.
TEST_F(UnixSockets, LeaveWhatIsNotTheirs) {
  const unique_fd listens(listen_on_unix("http.address", path, "0600", 16));
  socket_file first(path);
  std::filesystem::remove(path);
  leave_stale();
  first.remove();
  EXPECT_TRUE(is_there(path));
  {
    serving app(basic_routes, there());
    app.server().share_listeners(true);
  }
  EXPECT_TRUE(is_there(path));
}

http::response who(const http::request& asked) {
  return text(std::string(asked.client()) + " by " + std::string(asked.remote()) + ' ' + std::string(asked.scheme()));
}

// The peer is "unix:"; a proxy's word counts where the proxies on unix sockets are trusted.
TEST_F(UnixSockets, Peers) {
  const auto routes = [](http::router& to) { to.get("/who", who); };
  const std::string said = "X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\nX-Forwarded-Proto: https\r\n";
  EXPECT_EQ(serving(routes, there()).ask(get("/who", said)).body, "unix: by unix: http");
  auto how = there();
  how.limits.trusted_proxies = {"10.0.0.0/8", "unix:"};
  EXPECT_EQ(serving(routes, how).ask(get("/who", said)).body, "192.0.2.1 by unix: https");
  how.limits.proxy_protocol = "require";
  const auto header = std::string("PROXY TCP4 192.0.2.7 198.51.100.7 56324 443\r\n");
  EXPECT_EQ(serving(routes, how).ask(header + get("/who")).body, "192.0.2.7 by unix: http");
}

/// The usual routes, and one whose handler waits for the door.
auto routes_held_by(gate& door) {
  return [&door](http::router& to) {
    basic_routes(to);
    to.get("/held", [&door](const http::request&) { return pass(door); });
  };
}

// Idle, in a handler, half a body, pipelined: all that has come is answered, and every end is one in order.
TEST_F(UnixSockets, StopAnswersAll) {
  gate door;
  auto how = there(1);
  how.plan.idle_grace = slack(2s);
  serving app(routes_held_by(door), how);
  auto idle = app.connect();
  auto used = app.send(get("/hello"));
  EXPECT_EQ(used.read_response().status, 200);
  auto half = app.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf");
  auto pipelined = app.send(get("/held") + get("/three") + get("/hello"));
  ASSERT_TRUE(door.reached());
  ASSERT_TRUE(app.reaches("body"));
  auto stop = app.begin_stop();
  used.send(get("/hello"));
  expect_last(used);
  EXPECT_TRUE(eventually(ample, [&] { return !is_there(path); }));
  EXPECT_EQ(raw_client().connect(app.where()), connecting::refused);
  half.send("half");
  expect_last(half);
  door.open();
  EXPECT_EQ(pipelined.read_response().body, "passed");
  EXPECT_EQ(pipelined.read_response().body, "one two three");
  expect_last(pipelined);
  EXPECT_EQ(idle.read_until_end(), ending::fin);
  const auto end = stop.get();
  EXPECT_TRUE(end.did.cut.empty());
  EXPECT_EQ(end.did.completed, 5U);
}

// Clients that knock all the time: whoever has connected is answered, the others are refused.
TEST_F(UnixSockets, StopLosesNobodyInTheQueue) {
  auto how = there();
  how.plan.idle_grace = ample;  // for who has connected and has not sent anything yet
  for (int round = 0; round < 10; ++round) {
    serving app(basic_routes, how);
    const auto where = app.where();
    std::atomic<int> answered{0}, lost{0};
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&] {
        for (;;) {
          raw_client client;
          const auto outcome = client.connect(where);
          if (outcome == connecting::refused) return;
          client.send(get("/hello"));
          const auto answer = client.read_response();
          ++(outcome == connecting::connected && answer.status == 200 && answer.whole() ? answered : lost);
        }
      });
    }
    EXPECT_TRUE(eventually(ample, [&] { return answered > 50; }));
    const auto end = app.begin_stop().get();
    clients.clear();
    EXPECT_TRUE(end.did.cut.empty());
    EXPECT_EQ(lost, 0);
  }
}

// A client that never stops sending: its connection ends in order all the same. What comes behind the last answer is no
// reason for a reset, which a client of a unix socket would read instead of the end.
TEST_F(UnixSockets, StopEndsInOrderWhoeverSends) {
  serving app(basic_routes, there(1));
  auto client = app.send(get("/hello"));
  std::jthread sends([&] {
    std::string many;
    for (int i = 0; i < 100; ++i) many += get("/hello");
    while (client.send(many) == sending::sent) continue;
  });
  ASSERT_TRUE(client.read_response().whole());
  auto stop = app.begin_stop();
  for (bool last = false; !last && !HasFailure();) {
    const auto answer = client.read_response();
    EXPECT_TRUE(answer.whole()) << answer.describe();
    last = answer.says_close();
  }
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_TRUE(stop.get().did.cut.empty());
}

// What is in the queue of a listener whose worker is busy is accepted by the stop, and answered.
TEST_F(UnixSockets, StopEmptiesTheQueue) {
  std::latch blocked(1), go_on(1);
  serving app(
      [&](http::router& to) {
        basic_routes(to);
        to.get("/block", [&](const http::request&) {
          blocked.count_down();
          go_on.wait();
          return text("unblocked");
        });
      },
      there(1));
  auto blocking = app.send(get("/block"));
  blocked.wait();
  std::vector<raw_client> queued;
  for (int i = 0; i < 50; ++i) queued.push_back(app.send(get("/hello")));
  auto stop = app.begin_stop();
  EXPECT_TRUE(eventually(ample, [&] { return !is_there(path); }));
  go_on.count_down();
  expect_last(blocking);
  for (auto& client : queued) expect_last(client);
  const auto end = stop.get();
  EXPECT_TRUE(end.did.cut.empty());
  EXPECT_EQ(end.did.completed, 51U);
}

// A client that reads slowly holds up no stop once all is written: its answer is in its own queue. One that has closed
// is noticed while its handler runs.
TEST_F(UnixSockets, SlowAndGoneClients) {
  gate door;
  serving app(routes_held_by(door), there(1));
  auto slow = app.send(get("/three"));
  ASSERT_TRUE(app.reaches("idle"));
  auto gone = app.send(get("/held"));
  ASSERT_TRUE(door.reached());
  gone.close();
  EXPECT_TRUE(eventually(ample, [&] { return app.server().activity().connections == 1; }));
  const auto end = app.begin_stop().get();
  EXPECT_LT(end.took, soon);
  EXPECT_EQ(slow.read_response().body, "one two three");
  EXPECT_EQ(slow.read_until_end(), ending::fin);
  door.open();
}

}  // namespace
}  // namespace sundown::test
