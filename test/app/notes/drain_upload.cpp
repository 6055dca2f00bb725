// A note whose body is on its way when the service stops.
#include "process/scenario.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;

// A note that is half sent at the signal is read to its end; what the client was told is stored, is.
TEST(DrainUpload, StoresANoteThatWasHalfSent) {
  running app(sample());
  const auto request = post("/v1/notes", R"({"title":"half","body":"and the other half"})");
  auto client = connected(app.http());
  ASSERT_EQ(client.send(request.substr(0, request.size() - 10)), sending::sent);
  ASSERT_TRUE(app.wait_all_read());
  stop(app, SIGTERM);
  ASSERT_EQ(client.send(request.substr(request.size() - 10)), sending::sent);
  const auto answer = client.read_response();
  ASSERT_EQ(answer.status, 201) << answer.describe();
  EXPECT_TRUE(answer.says_close());
  expect_exit(app, 0, promptly);
  app.restart();
  app.must_be_ready();
  EXPECT_THAT(ask(app.http(), get(*answer.field("location"))).body, HasSubstr("and the other half"));
}

}  // namespace
}  // namespace sundown::test
