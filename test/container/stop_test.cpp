// How engines stop a container, and what its clients get then.
#include "container/docker.hpp"

#include "support/testing.hpp"

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

namespace sundown::test {
namespace {

using testing::HasSubstr;

/// Twenty uploads whose last byte is missing; the service has them all.
class uploads {
 public:
  explicit uploads(const container& app) : app_(app), clients_(20) {
    for (auto& client : clients_) {
      if (client.connect(app.http()) != connecting::connected) throw std::runtime_error("no connection");
      client.send(std::string_view(request).substr(0, request.size() - 1));
    }
    if (!eventually(ample, [&] { return app.requests() == clients_.size(); }))
      throw std::runtime_error("not all arrived\n" + app.log());
  }

  /// Sends what is missing once the service stops: each gets its answer, whole, and then FIN.
  void finish() {
    EXPECT_TRUE(eventually(ample, [&] { return ask(app_.admin(), get("/ready")).status == 503; }));
    for (auto& client : clients_) client.send(std::string_view(request).substr(request.size() - 1));
    for (auto& client : clients_) {
      const auto answer = client.read_response();
      EXPECT_TRUE(answer.whole()) << answer.describe();
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(client.read_until_end(), ending::fin);
    }
  }

 private:
  inline static const std::string request = post("/demo/upload", "held until it is let go", "text/plain");
  const container& app_;
  std::vector<raw_client> clients_;
};

// Twenty requests under way at `docker stop` are answered, and the service has gone by itself before the engine's ten
// seconds are over.
TEST(DockerStop, LosesNothing) {
  container app;
  app.wait_ready();
  uploads clients(app);
  child_process stop(app.begin({"stop"}));
  clients.finish();
  const auto end = stop.wait_exit(patience);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 0);
  expect_stopped(app, 0);  // the engine would have killed it after ten seconds
}

// SIGINT, as `docker run` passes Ctrl-C on, is the same stop. A restart policy for failures sees none.
TEST(DockerStop, AnInterruptIsNoFailure) {
  container app({"--restart", "on-failure:3"});
  app.wait_ready();
  uploads clients(app);
  ASSERT_EQ(app.call({"kill", "--signal", "INT"}).code, 0);
  clients.finish();
  app.wait_stopped();
  expect_stopped(app, 0);
  EXPECT_EQ(app.inspect("{{.RestartCount}}"), "0");
}

// A stop that cut work is a failure, and the same policy starts the service again.
TEST(DockerStop, ACutIsAFailure) {
  container app({"--restart", "on-failure:3"});
  app.wait_ready();
  const uploads clients(app);
  ASSERT_EQ(app.call({"kill", "--signal", "QUIT"}).code, 0);
  EXPECT_TRUE(eventually(patience, [&] { return app.inspect("{{.RestartCount}}") == "1"; })) << app.log();
  app.wait_ready();
}

// A container that is stopped before it is up ends with 0, too: PID 1 has no default action for a signal, so the
// service must have a handler from its first line.
TEST(DockerStop, StopsDuringStartUp) {
  container app;
  ASSERT_EQ(app.call({"stop"}).code, 0);
  expect_stopped(app, 0);
}

// 600 kB to a client that reads only 2 s after the stop has begun come whole over the engine's bridge, though the
// container's network goes with its last process.
TEST(DockerStop, OutlivesNoAnswerThatIsUnderWay) {
  container app({"--env", "SUNDOWN_SHUTDOWN__STALL_LIMIT=5s"});
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
