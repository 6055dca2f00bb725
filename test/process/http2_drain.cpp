// The stop over HTTP/2: the real binary, a real signal, a client of frames.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"
#include "support/testing.hpp"
#include "wire/frame_client.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace sundown::test {
namespace {

using testing::SizeIs;

std::vector<frame_client> connect_http2(const service& app, std::size_t count) {
  std::vector<frame_client> clients;
  for (std::size_t i = 0; i < count; ++i) {
    auto& client = clients.emplace_back(app.http());
    const auto& got = client.answer(client.get("/hello"));
    if (!got.whole()) throw std::runtime_error("no answer to /hello");
  }
  return clients;
}

void expect_whole(frame_client& client, std::uint32_t stream) {
  const auto& got = client.answer(stream);
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.whole());
}

// 200 streams in flight: all are answered.
TEST(Http2Drain, TwoHundredStreams) {
  running app(with(patient_with_answers()));
  auto clients = connect_http2(app, 4);
  std::vector<std::vector<std::uint32_t>> streams(4);
  for (std::size_t i = 0; i < 4; ++i)
    for (int n = 0; n < 50; ++n) streams[i].push_back(clients[i].request("POST", "/demo/upload", {}, false));
  const auto all_are_there = [&] {
    return ask(app.admin(), get("/status")).body.find("\"requests\":200,") != std::string::npos;
  };
  ASSERT_TRUE(eventually(ample, all_are_there));
  stop(app, SIGTERM);
  for (std::size_t i = 0; i < 4; ++i)
    for (const auto stream : streams[i]) clients[i].data(stream, "held until it is let go", true);
  for (std::size_t i = 0; i < 4; ++i)
    for (const auto stream : streams[i]) expect_whole(clients[i], stream);
  expect_exit(app, 0, promptly);
  const auto report = report_of(app);
  EXPECT_EQ(report.completed, 200) << report.text;
  EXPECT_THAT(report.cut, SizeIs(0)) << report.text;
}

// 32 busy streams, the next request as soon as the last is answered: what was sent before its client heard of the stop
// is answered, nothing is refused.
TEST(Http2Drain, BusyStreams) {
  running app(with(patient()));
  std::vector<std::thread> threads;
  std::atomic<int> answered{0}, lost{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      frame_client client(app.http());
      std::vector<std::uint32_t> open;
      for (int n = 0; n < 8; ++n) open.push_back(client.get("/hello"));
      while (!open.empty()) {
        const auto stream = open.front();
        open.erase(open.begin());
        const auto& got = client.answer(stream);
        ++(got.whole() && got.status == 200 ? answered : lost);
        if (client.goaways.empty()) open.push_back(client.get("/hello"));
      }
    });
  }
  EXPECT_TRUE(eventually(for_many, [&] { return answered > 2000; }));
  app.signal(SIGTERM);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lost, 0);
  expect_exit(app, 0, promptly);
  EXPECT_THAT(report_of(app).cut, SizeIs(0));
}

// A POST from a client a round trip away, which hears of the stop 30 ms after it: answered.
TEST(Http2Drain, LatePosts) {
  running app(with(patient()));
  auto clients = connect_http2(app, 20);
  for (auto& client : clients) client.acknowledges_ping = false;
  stop(app, SIGTERM);
  std::this_thread::sleep_for(30ms);  // the round trip
  std::vector<std::uint32_t> streams;
  for (auto& client : clients) streams.push_back(client.post("/demo/upload", "late"));
  for (std::size_t i = 0; i < clients.size(); ++i) {
    auto& client = clients[i];
    EXPECT_TRUE(client.read_until([&] { return !client.pings.empty(); }));
    if (!client.pings.empty()) client.acknowledge(client.pings.front());
    client.acknowledges_ping = true;
    expect_whole(client, streams[i]);
    EXPECT_EQ(client.read_until_end(), ending::fin);
  }
  expect_exit(app, 0, promptly);
}

// Idle connections that never close by themselves: they are told, and the exit waits for none of them.
TEST(Http2Drain, IdleConnections) {
  running app(with(patient({{"SUNDOWN_SHUTDOWN__IDLE_GRACE", "500ms"}})));
  auto clients = connect_http2(app, 20);
  app.signal(SIGTERM);
  // The clients read nothing before the end: no PING is acknowledged.
  expect_exit(app, 0, 500ms + promptly);
  for (auto& client : clients) {
    client.acknowledges_ping = false;
    EXPECT_EQ(client.read_until_end(), ending::fin);
    EXPECT_EQ(client.goaways.size(), 2U);
  }
}

// A window that is never opened: stall_limit, named, exit code 3.
TEST(Http2Drain, WindowNeverOpened) {
  running app(with(patient({{"SUNDOWN_SHUTDOWN__STALL_LIMIT", "500ms"}})));
  frame_client client(app.http());
  client.opens_windows = false;
  const auto stream = client.get("/demo/bytes?n=1000000");
  ASSERT_TRUE(client.read_until([&] { return client.on(stream).body.size() == 65'535; }));
  app.signal(SIGTERM);
  EXPECT_EQ(client.answer(stream).reset, std::uint32_t{NGHTTP2_CANCEL});
  expect_exit(app, 3, 500ms + promptly);
  const auto report = report_of(app);
  ASSERT_THAT(report.cut, SizeIs(1)) << report.text;
  EXPECT_EQ(report.cut[0].what, "GET /demo/bytes, stream 1");
  EXPECT_EQ(report.cut[0].why, "stall_limit");
}

// A handler that never ends: 503 at hard_cancel.
TEST(Http2Drain, HandlerWithoutEnd) {
  running app(with(patient({{"SUNDOWN_SHUTDOWN__HARD_CANCEL", "500ms"}})));
  frame_client client(app.http());
  const auto stream = client.get("/demo/sleep?ms=60000");
  expect_whole(client, client.get("/hello"));
  app.signal(SIGTERM);
  EXPECT_EQ(client.answer(stream).status, 503);
  expect_exit(app, 3, 500ms + promptly);
  const auto report = report_of(app);
  EXPECT_EQ(report.refused, 1) << report.text;
  ASSERT_THAT(report.cut, SizeIs(1)) << report.text;
  EXPECT_EQ(report.cut[0].what, "GET /demo/sleep, stream 1");
}

// A line of the access log says which protocol it was.
TEST(Http2Drain, AccessLog) {
  service_options options;
  options.environment = patient({{"SUNDOWN_LOG__ACCESS", "true"}});
  running app(options);
  frame_client client(app.http());
  expect_whole(client, client.get("/hello"));
  EXPECT_TRUE(app.process().out().wait_for("protocol", ample)) << app.log();
  app.signal(SIGTERM);
  client.read_until_end();
  expect_exit(app, 0, promptly);
}

}  // namespace
}  // namespace sundown::test
