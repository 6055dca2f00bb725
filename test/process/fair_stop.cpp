// A stop that waits for nobody who isn't there, and is heard beside clients that never let the service wait.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace sundown::test {
namespace {

using testing::IsEmpty;

// Clients that have reset their connections while their handlers run are lost work for nobody: the stop is quick, and
// its code is 0.
TEST(FairStop, ClientsAreGone) {
  running app(with(patient()));
  auto clients = connect_each(app.http(), 50, get("/demo/sleep?ms=3600000"));
  ASSERT_TRUE(app.wait_all_read());
  for (auto& client : clients) client.reset();
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
  EXPECT_THAT(report_of(app).cut, IsEmpty());
}

// A flood of pipelined requests on the admin listener delays neither probes nor the stop.
TEST(FairStop, AdminFlood) {
  running app(with(patient()));
  std::string flood;
  for (int i = 0; i < 4000; ++i) flood += get("/metrics");
  auto clients = connect_each(app.admin(), 30);
  std::vector<std::thread> ends;
  for (auto& client : clients) {
    ends.emplace_back([&] { client.send(flood, 4 * ample); });
    ends.emplace_back([&] {
      while (client.read_some(64 << 10, 4 * ample) == ending::open) client.received().clear();
    });
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  app.signal(SIGTERM);
  expect_exit(app, 0, ample);
  for (auto& one : ends) one.join();
}

}  // namespace
}  // namespace sundown::test
