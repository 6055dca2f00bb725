// HTTP/2 over TLS: the real binary, and clients that people use.
#include "process/lineage.hpp"
#include "process/stop_report.hpp"
#include "process/tls_frames.hpp"
#include "support/random.hpp"

#include <gmock/gmock.h>

#include <memory>
#include <thread>
#include <vector>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

// curl asks for h2 by ALPN and gets it; --http1.1 gets that.
TEST(TlsHttp2, Curl) {
  const pair_on_disk pair;
  running app(with(pair.of_http()));
  const std::string told = " -o /dev/null -w 'HTTP/%{http_version} %{http_code} %{size_download}\\n' ";
  const auto hello = url(app.https(), "/hello");
  EXPECT_EQ(curl(pair, "--http2" + told + hello), "HTTP/2 200 13\nexit 0\n");
  EXPECT_EQ(curl(pair, "--http1.1" + told + hello), "HTTP/1.1 200 13\nexit 0\n");
  EXPECT_EQ(curl(pair, "--no-alpn" + told + hello), "HTTP/1.1 200 13\nexit 0\n");
  std::string all;
  for (int i = 0; i < 50; ++i) all += "HTTP/2 200 100000\n";
  const auto many = url(app.https(), "/demo/bytes?n=100000'&i=[1-50]'");
  EXPECT_EQ(curl(pair, "--http2 -Z --parallel-max 50" + told + many), all + "exit 0\n");
}

// The stop: streams in flight are answered, a connection that is idle is told, and each ends by close_notify.
TEST(TlsHttp2, StopLosesNothing) {
  const pair_on_disk pair;
  running app(with(patient(pair.of_http())));
  std::vector<frame_client> busy, idle;
  std::vector<std::vector<std::uint32_t>> streams(4);
  for (std::size_t i = 0; i < 4; ++i) {
    auto& client = busy.emplace_back(frames_over_tls(app.https()));
    for (int n = 0; n < 25; ++n) streams[i].push_back(client.request("POST", "/demo/upload", {}, false));
    EXPECT_TRUE(client.answer(client.get("/hello")).whole());  // all has been read
    auto& silent = idle.emplace_back(frames_over_tls(app.https()));
    EXPECT_TRUE(silent.answer(silent.get("/hello")).whole());
  }
  app.signal(SIGTERM);
  for (auto& client : idle) {
    EXPECT_EQ(client.read_until_end(), ending::fin);
    EXPECT_EQ(client.goaways.size(), 2U);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    for (const auto stream : streams[i]) busy[i].data(stream, "held until it is let go", true);
    for (const auto stream : streams[i]) {
      const auto& got = busy[i].answer(stream);
      EXPECT_EQ(got.status, 200);
      EXPECT_TRUE(got.whole());
    }
    EXPECT_EQ(busy[i].read_until_end(), ending::fin);
    EXPECT_EQ(busy[i].goaways.size(), 2U);
  }
  expect_exit(app, 0, promptly);
  const auto report = report_of(app);
  EXPECT_EQ(report.completed, 100) << report.text;
  EXPECT_THAT(report.cut, IsEmpty()) << report.text;
}

// http.h2 = false: curl asks for h2 by ALPN and gets HTTP/1.1, while the other port speaks HTTP/2 in the clear.
TEST(TlsHttp2, SwitchedOff) {
  const pair_on_disk pair;
  running app(with(pair.of_http({{"SUNDOWN_HTTP__H2", "false"}})));
  const std::string told = " -o /dev/null -w 'HTTP/%{http_version} %{http_code}\\n' ";
  EXPECT_EQ(curl(pair, "--http2" + told + url(app.https(), "/hello")), "HTTP/1.1 200\nexit 0\n");
  frame_client plain(app.http());
  EXPECT_EQ(plain.answer(plain.get("/hello")).status, 200);
}

// curl in the clear, by prior knowledge: requests, an upload, and an answer that was under way at the signal.
TEST(TlsHttp2, CurlInTheClear) {
  const pair_on_disk pair;
  running app(with(patient()));
  const auto where = " http://127.0.0.1:" + std::to_string(app.http().port);
  const std::string told = "--http2-prior-knowledge -w ' HTTP/%{http_version} %{http_code}\\n'";
  EXPECT_EQ(curl(pair, told + where + "/hello"), "Hello, World! HTTP/2 200\nexit 0\n");
  const temp_dir folder;
  const auto file = (folder / "body").string();
  write_file(file, std::string(1 << 20, 'b'));
  EXPECT_THAT(curl(pair, told + " --data-binary @" + file + where + "/demo/upload"),
              AllOf(HasSubstr("\"length\":1048576"), HasSubstr("HTTP/2 200\nexit 0\n")));
  std::string late;
  std::jthread client([&] { late = curl(pair, told + " -o /dev/null" + where + "/demo/sleep?ms=4000"); });
  ASSERT_TRUE(eventually(ample, [&] {
    return ask(app.admin(), get("/metrics")).body.find("{state=\"streams\"} 1\n") != std::string::npos;
  }));
  app.signal(SIGTERM);
  client.join();
  EXPECT_EQ(late, " HTTP/2 200\nexit 0\n");
  expect_exit(app, 0, 4s + promptly);
}

// Upgrades under load (twenty by SUNDOWN_TEST_ROUNDS=20): each process hands over the listener and answers what it has.
TEST(TlsHttp2, UpgradesLoseNothing) {
  const pair_on_disk pair;
  lineage app(with(patient(pair.of_http({{"SUNDOWN_LOG__ACCESS", "false"}}))));
  steady_streams clients(app.first().https());
  for (auto left = random_source::rounds(4); left > 0; --left) {
    ASSERT_TRUE(clients.go_on(200)) << app.first().log();
    app.upgrade();
  }
  EXPECT_TRUE(clients.go_on(50));
  clients.end();
  EXPECT_THAT(clients.losses(), IsEmpty());
  app.signal(SIGTERM);
  EXPECT_EQ(app.exit_code(), 0);
  RecordProperty("requests", static_cast<int>(clients.answered()));
}

// A client that reads slowly gets all of the answers that were under way.
TEST(TlsHttp2, SlowReaderGetsAll) {
  const pair_on_disk pair;
  running app(with(patient_with_answers(pair.of_http())));
  auto client = frames_over_tls(app.https());
  const auto stream = client.get("/demo/bytes?n=3000000");
  ASSERT_TRUE(client.read_until([&] { return !client.on(stream).body.empty(); }));
  stop(app, SIGTERM);
  std::this_thread::sleep_for(200ms);  // it takes nothing for a while
  const auto& got = client.answer(stream);
  EXPECT_TRUE(got.whole());
  EXPECT_EQ(got.body.size(), 3'000'000U);
  EXPECT_EQ(client.read_until_end(), ending::fin);
  expect_exit(app, 0, ample);
}

}  // namespace
}  // namespace sundown::test
