// The notes in the image; built with the other tests of the image (test/container).
#include "container/docker.hpp"

#include "support/testing.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;

// With a read-only root, no capability and no user of consequence it keeps notes: the volume is its own.
TEST(ImageOfNotes, KeepsThemWithoutPrivilege) {
  container app({"--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "65532"});
  app.wait_ready();
  EXPECT_EQ(ask(app.http(), post("/v1/notes", R"({"title":"tea","body":""})")).status, 201);
  EXPECT_THAT(ask(app.http(), get("/v1/notes")).body, HasSubstr("tea"));
  EXPECT_EQ(app.call({"stop"}).code, 0);
  expect_stopped(app, 0);
}

}  // namespace
}  // namespace sundown::test
