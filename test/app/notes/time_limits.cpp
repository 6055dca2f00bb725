// What is left of a request's time is what its store has, and what the store's server is told.
#include "app/notes/both_servers.hpp"
#include "support/mongo_wire.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

class NotesInTime : public both_servers {
 protected:
  static constexpr milliseconds limit = slack(800ms);

  service_options in_time() const {
    return options({{"SUNDOWN_HTTP__REQUEST_TIMEOUT", std::to_string(limit.count()) + "ms"}});
  }
};

// MongoDB gives a query up when the request's time is over, and not only when the call's own is.
TEST_F(NotesInTime, TheServerIsTold) {
  running app(in_time());
  wait_connected(app);
  // The last request may be one of the driver's own, which looks at the server now and then.
  const auto told = [&]() -> std::optional<std::int64_t> {
    EXPECT_EQ(ask(app.http(), get("/v1/notes")).status, 200);
    return max_time_in(to_mongo->last_request());
  };
  std::optional<std::int64_t> seen;
  ASSERT_TRUE(eventually(ample, [&] { return (seen = told()).has_value(); }));
  EXPECT_GT(*seen, 0);
  EXPECT_LE(*seen, limit.count());
}

// A server that is silent: the client has its 503 when the request's time is over.
TEST_F(NotesInTime, ASilentServerIsNotAwaited) {
  running app(in_time());
  wait_connected(app);
  ASSERT_EQ(ask(app.http(), get("/v1/notes")).status, 200);
  mongo->freeze();
  const auto begun = clock::now();
  const auto answer = ask(app.http(), get("/v1/notes"));
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_TRUE(answer.field("retry-after")) << answer.body;
  EXPECT_LT(clock::now() - begun, limit + ample / 2);
  mongo->thaw();
}

}  // namespace
}  // namespace sundown::test
