// Calls to a real nginx, which ends its connections as its configuration says: after so many requests, or when they are
// idle for a second.
#include "http_client/fixture.hpp"
#include "http_client/nginx_server.hpp"

#include "support/testing.hpp"
#include "wire/socket_table.hpp"

#include <atomic>
#include <fstream>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;

class NginxCalls : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = nginx_server::missing(); !why.empty()) GTEST_SKIP() << why;
    std::ofstream(server_.folder() / "large") << std::string(1 << 20, 'x');
  }
  void start(const std::string& limits) {
    server_.start("  access_log off; " + limits, "    location /post { return 201 posted; }");
  }
  std::string url(const std::string& path) const { return server_.url(path); }

  nginx_server server_;
};

// No call fails for a connection that the server has had enough of, whichever method.
TEST_F(NginxCalls, LoseNothingToItsLimits) {
  start("keepalive_requests 5;");
  auto how = patient_client();
  how.connections = 4;
  how.timeout = 6 * ample;  // of the last one too, which waits for all others
  http_calls calls(how);
  std::vector<std::future<result<http_client::answer>>> all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(calls.worker.start(i % 2 == 0 ? calls.client.get(url("/large"))
                                                : calls.client.post(url("/post"), "text/plain", "body")));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto got = await(std::move(all[i]));
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(got->body, i % 2 == 0 ? std::string(1 << 20, 'x') : "posted");
  }
}

// A POST after a pause that is longer than nginx waits: its connection has been seen to end.
TEST_F(NginxCalls, OutliveItsIdleTimeout) {
  start("keepalive_timeout 1s;");
  http_calls calls;
  for (int i = 0; i < 3; ++i) {
    const auto got = calls.post(url("/post"));
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(got->status, 201U);
    ASSERT_TRUE(eventually(ample, [&] { return calls.client.connections() == 0; }));
  }
  EXPECT_EQ(calls.client.retried(), 0U);
}

}  // namespace
}  // namespace sundown::test
