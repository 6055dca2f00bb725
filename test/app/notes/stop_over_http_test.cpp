// The stop with notes: in process by its report, and the real binary by SIGTERM.
#include "app/sample.hpp"

#include <sundown/testing/eventually.hpp>
#include <sundown/testing/service.hpp>

#include <gmock/gmock.h>

#include <csignal>

namespace sundown::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using StopOfNotes = sample;

// The parts are closed in the reverse of their order, and nothing was cut.
TEST_F(StopOfNotes, ClosesThePartsInOrder) {
  EXPECT_EQ(send("POST", "/v1/notes", {}, R"({"title":"tea"})").status, 201);
  const auto& report = app().stop();
  EXPECT_EQ(report.exit_code, 0) << app().log();
  EXPECT_THAT(closed_by(report), ElementsAre("sqlite", "blocking pool", "workers", "admin"));
  EXPECT_TRUE(report.drain.cut.empty());
  EXPECT_THAT(app().log(), HasSubstr(R"("message":"shutdown report")"));
}

#ifdef SAMPLE_BINARY

// A note whose last byte comes after SIGTERM is stored and acknowledged, and is there after a restart.
TEST(StopOfNotesBySignal, StoresWhatIsUnderWay) {
  testing::service binary({.program = SAMPLE_BINARY});
  ASSERT_TRUE(binary.wait_ready()) << binary.log();
  const auto request = testing::post("/v1/notes", R"({"title":"tea"})");
  testing::raw_client client;
  ASSERT_EQ(client.connect(binary.http()), testing::connecting::connected);
  client.send(std::string_view(request).substr(0, request.size() - 1));
  ASSERT_TRUE(testing::eventually(testing::ample, [&] {
    const auto figures = testing::ask(binary.admin(), testing::get("/metrics")).body;
    return figures.find("sundown_requests_in_flight 1\n") != std::string::npos;
  }));
  binary.signal(SIGTERM);
  ASSERT_TRUE(testing::eventually(testing::ample,
                                  [&] { return testing::ask(binary.admin(), testing::get("/ready")).status == 503; }));
  client.send(request.substr(request.size() - 1));
  const auto made = client.read_response();
  EXPECT_EQ(made.status, 201) << made.describe();
  EXPECT_TRUE(made.says_close());
  const auto end = binary.wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 0) << binary.log();
  binary.restart();
  ASSERT_TRUE(binary.wait_ready()) << binary.log();
  EXPECT_EQ(testing::ask(binary.http(), testing::get(made.field("location").value_or("/"))).body, made.body);
}

#endif

}  // namespace
}  // namespace sundown::app
