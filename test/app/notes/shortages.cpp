// What the sample makes of limits for its process that its stores need too. Not under sanitizers, which have needs of
// their own.
#include "process/shortage.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

constexpr auto draft = R"({"title":"a","body":"b"})";

class OpenFilesOfNotes : public testing::TestWithParam<unsigned> {};

// Whatever `ulimit -n` says, the process refuses to start with one message that says what to do, or it serves:
// requests, probes and notes, and its stop is in order.
TEST_P(OpenFilesOfNotes, AreEnoughOrItSaysSo) {
  auto how = sample();
  how.open_files = GetParam();
  service app(how);
  if (!starts_or_says_so(app, GetParam())) return;
  EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  EXPECT_EQ(ask(app.http(), post("/v1/notes", draft)).status, 201);
  EXPECT_EQ(ask(app.http(), get("/v1/notes")).status, 200);
  EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
  EXPECT_EQ(ask(app.admin(), get("/metrics")).status, 200);
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(3s));
}

INSTANTIATE_TEST_SUITE_P(, OpenFilesOfNotes, testing::Range(4U, 72U));

// Clients come until there is no memory for them, several times: when memory is back, notes are stored as ever.
TEST(MemoryOfNotes, ComesBackAndSoDoesTheService) {
  running app(sample(with({{"SUNDOWN_HTTP__WORKERS", "1"}, {"SUNDOWN_LOG__ACCESS", "false"}})));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  exhaust_memory(app, get("/hello") + get("/v1/notes") + get("/demo/bytes?n=100000"),
                 [&] { EXPECT_EQ(ask(app.http(), post("/v1/notes", draft)).status, 201); });
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(5s));
}

}  // namespace
}  // namespace sundown::test
