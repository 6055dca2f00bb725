// A signal that comes while the start waits for a store.
#include "process/listening_socket.hpp"
#include "process/scenario.hpp"

#include <poll.h>

namespace sundown::test {
namespace {

// SIGTERM while a store's server accepts and says nothing ends in exit 0, promptly, however long its client would wait.
TEST(StopAtStartup, WhileMongoDbIsSilent) {
  const listening_socket silent;
  service app(
      sample(with({{"SUNDOWN_STORAGE__MONGODB__URI",
                    "mongodb://127.0.0.1:" + std::to_string(silent.where().port) + "/?connectTimeoutMS=60000"}})));
  ASSERT_TRUE(app.process().wait_handles(SIGTERM)) << app.log();
  pollfd asked{silent.fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&asked, 1, static_cast<int>(ample.count())), 1) << app.log();
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
}

}  // namespace
}  // namespace sundown::test
