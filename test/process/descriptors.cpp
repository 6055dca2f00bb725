// What a program that a handler starts inherits of the service's descriptors: nothing. A listening socket would keep
// the port busy after our end and let clients wait for nobody; a connection would not end for its peer when we close
// it.
#include "process/open_descriptors.hpp"
#include "process/scenario.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

// Listening sockets, and a connection to each listener.
TEST(Descriptors, AreNotInherited) {
  running app;
  const auto client = connected(app.http());
  const auto probe = connected(app.admin());
  ASSERT_TRUE(eventually(ample, [&] { return sockets(app.process().pid()) >= 4; }));
  EXPECT_THAT(inheritable(app.process().pid()), testing::IsEmpty());
}

}  // namespace
}  // namespace sundown::test
