// What a program that a handler starts inherits of the stores' descriptors: nothing. The connection to a server would
// not end when we close it.
#include "app/notes/both_servers.hpp"
#include "process/open_descriptors.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

class ServerDescriptors : public both_servers {};

// With the notes in SQLite: its files.
TEST(SqliteDescriptors, AreNotInherited) {
  running app(sample());
  const auto client = connected(app.http());
  const auto probe = connected(app.admin());
  ASSERT_TRUE(eventually(ample, [&] { return sockets(app.process().pid()) >= 4; }));
  EXPECT_THAT(inheritable(app.process().pid()), testing::IsEmpty());
}

// With both servers: the connections of their clients.
TEST_F(ServerDescriptors, AreNotInherited) {
  running app(options());
  wait_connected(app);
  EXPECT_EQ(ask(app.http(), post("/v1/notes", R"({"title":"a","body":"b"})")).status, 201);
  EXPECT_THAT(inheritable(app.process().pid()), testing::IsEmpty());
}

}  // namespace
}  // namespace sundown::test
