// Large answers on their way to clients that are slow, or have stopped, when the service stops.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr std::size_t size = 8 << 20;
const auto request = get("/demo/bytes?n=" + std::to_string(size));

/// Reads what is there and pauses, until the answer is whole or the connection ends.
reply read_slowly(raw_client& client, std::size_t piece, milliseconds pause) {
  auto how = ending::open;
  while (how == ending::open && client.received().size() < size) {
    how = client.read_some(piece);
    std::this_thread::sleep_for(pause);
  }
  return client.read_response();
}

// 8 MB to a reader that takes some 4 MB a second come whole.
TEST(DrainSlowReader, GetsTheWholeAnswer) {
  running app(with(patient_with_answers()));
  auto client = connected(app.http(), 64 << 10);
  ASSERT_EQ(client.send(request), sending::sent);
  ASSERT_TRUE(client.read_until("\r\n\r\n"));
  app.signal(SIGTERM);
  const auto answer = read_slowly(client, 32 << 10, 8ms);
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(answer.body.size(), size);
  EXPECT_EQ(client.read_until_end(), ending::fin);
  expect_exit(app, 0, 3 * ample);
}

// What fits into the kernel's buffers is not delivered by being written: the process stays until the client has it.
TEST(DrainSlowReader, StaysUntilTheClientHasIt) {
  running app(with(patient_with_answers()));
  auto client = connected(app.http(), 4 << 10);
  ASSERT_EQ(client.send(get("/demo/bytes?n=600000")), sending::sent);
  ASSERT_TRUE(app.wait_all_read());
  app.signal(SIGTERM);
  EXPECT_FALSE(app.wait_exit(1500ms)) << "it left while the client had read nothing";
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(client.read_until_end(), ending::fin);
  expect_exit(app, 0, 1500ms + promptly);
}

// What was cut while the service served is counted, and no affair of a stop that comes later.
TEST(DrainSlowReader, CutWhileServingIsNotTheStops) {
  running app(with(patient({{"SUNDOWN_HTTP__STALL_LIMIT", "300ms"}})));
  {
    auto stopped = connected(app.http(), 16 << 10);
    ASSERT_EQ(stopped.send(request), sending::sent);
    ASSERT_TRUE(app.process().out().wait_for("request cut"));
  }
  EXPECT_TRUE(eventually(ample, [&] {
    return ask(app.admin(), get("/metrics")).body.find("sundown_requests_cut_total 1\n") != std::string::npos;
  }));
  // It is told before the request has ended.
  EXPECT_TRUE(eventually(ample, [&] {
    return ask(app.admin(), get("/status")).body.find(R"("connections":0,"requests":0,)") != std::string::npos;
  }));
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
  EXPECT_THAT(report_of(app).cut, SizeIs(0)) << report_of(app).text;
}

// A reader that has stopped is aborted at stall_limit, named in the report, and the exit code is 3. Others are served.
TEST(DrainSlowReader, IsCutOnceItReadsNothing) {
  running app(with(patient({{"SUNDOWN_SHUTDOWN__STALL_LIMIT", "700ms"}})));
  auto stopped = connected(app.http(), 16 << 10);
  ASSERT_EQ(stopped.send(request), sending::sent);
  ASSERT_TRUE(stopped.read_until("\r\n\r\n"));
  held_requests others(app.http(), 5);
  stop(app, SIGTERM);
  others.finish();
  expect_exit(app, 3, 700ms + promptly);
  EXPECT_TRUE(stopped.read_response().torn);
  const auto report = report_of(app);
  ASSERT_THAT(report.cut, SizeIs(1)) << report.text;
  EXPECT_THAT(report.cut[0].what, HasSubstr("/demo/bytes"));
  EXPECT_THAT(report.cut[0].why, HasSubstr("stall_limit"));
}

}  // namespace
}  // namespace sundown::test
