// How engines stop a container, and what its clients get then.
#include "container/docker.hpp"

#include "support/testing.hpp"

#include <gmock/gmock.h>

#include <deque>

namespace sundown::test {
namespace {

using testing::HasSubstr;

/// As many curls, each with a request under way that takes 3 s; waits until the service has them all.
class slow_curls {
 public:
  slow_curls(const container& app, std::size_t count) {
    command curl;
    curl.program = "/usr/bin/curl";
    curl.arguments = {"--silent",   "--show-error", "--fail",
                      "--max-time", "30",           "http://" + app.http().address + ":8080/demo/sleep?ms=3000"};
    for (std::size_t i = 0; i < count; ++i) all_.emplace_back(curl);
    if (!eventually(ample, [&] { return app.requests() == count; }))
      throw std::runtime_error("not all arrived\n" + app.log());
  }

  /// Each got its answer, whole.
  void expect_answers() {
    for (auto& one : all_) {
      const auto end = one.wait_exit();
      ASSERT_TRUE(end);
      EXPECT_EQ(end->code, 0) << one.err().text();
      one.out().wait_end();
      EXPECT_EQ(one.out().text(), "slept 3000 ms\n");
    }
  }

 private:
  std::deque<child_process> all_;
};

// Twenty requests under way at `docker stop` are answered, and the service has gone by itself before the engine's ten
// seconds are over.
TEST(DockerStop, LosesNothing) {
  container app;
  app.wait_ready();
  slow_curls clients(app, 20);
  const auto began = clock::now();
  ASSERT_EQ(app.call({"stop"}).code, 0);
  EXPECT_LT(between(began, clock::now()), 10s);
  clients.expect_answers();
  expect_stopped(app, 0);
}

// SIGINT, as `docker run` passes Ctrl-C on, is the same stop. A restart policy for failures sees none.
TEST(DockerStop, AnInterruptIsNoFailure) {
  container app({"--restart", "on-failure:3"});
  app.wait_ready();
  slow_curls clients(app, 20);
  ASSERT_EQ(app.call({"kill", "--signal", "INT"}).code, 0);
  clients.expect_answers();
  app.wait_stopped();
  expect_stopped(app, 0);
  EXPECT_EQ(app.inspect("{{.RestartCount}}"), "0");
}

// A stop that cut work is a failure, and the same policy starts the service again.
TEST(DockerStop, ACutIsAFailure) {
  container app({"--restart", "on-failure:3"});
  app.wait_ready();
  slow_curls clients(app, 1);
  ASSERT_EQ(app.call({"kill", "--signal", "QUIT"}).code, 0);
  EXPECT_TRUE(eventually(patience, [&] { return app.inspect("{{.RestartCount}}") == "1"; })) << app.log();
  app.wait_ready();
}

// A container that is stopped before it is up ends with 0, too: PID 1 has no default action for a signal, so the
// service must have a handler from its first line.
TEST(DockerStop, StopsDuringStartUp) {
  container app;
  const auto began = clock::now();
  ASSERT_EQ(app.call({"stop"}).code, 0);
  EXPECT_LT(between(began, clock::now()), 10s);
  expect_stopped(app, 0);
}

// 600 kB to a client that reads only 2 s after the stop has begun come whole over the engine's bridge, though the
// container's network goes with its last process.
TEST(DockerStop, OutlivesNoAnswerThatIsUnderWay) {
  container app;
  app.wait_ready();
  raw_client client;
  client.set_receive_buffer(4 << 10);
  ASSERT_EQ(client.connect(app.http()), connecting::connected);
  ASSERT_EQ(client.send(get("/demo/bytes?n=600000")), sending::sent);
  ASSERT_TRUE(client.read_until("\r\n\r\n"));
  child_process stop(app.begin({"stop"}));
  ASSERT_TRUE(eventually(ample, [&] { return ask(app.admin(), get("/ready")).status == 503; }));
  EXPECT_FALSE(stop.wait_exit(2000ms)) << "it left while the client had read nothing";
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(answer.body.size(), 600'000U);
  EXPECT_EQ(client.read_until_end(), ending::fin);
  ASSERT_TRUE(stop.wait_exit(patience));
  expect_stopped(app, 0);
}

}  // namespace
}  // namespace sundown::test
