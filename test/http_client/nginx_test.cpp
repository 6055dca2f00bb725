// Calls to a real nginx, which ends its connections as its configuration says: after so many requests, or when they are
// idle for a second.
#include "http_client/fixture.hpp"

#include "support/testing.hpp"
#include "wire/socket_table.hpp"

#include <sundown/testing/child_process.hpp>

#include <atomic>
#include <fstream>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;

class NginxCalls : public testing::Test {
 protected:
  void SetUp() override {
    if (std::string_view(NGINX).ends_with("NOTFOUND")) GTEST_SKIP() << "no nginx (scripts/bootstrap --test)";
    std::ofstream(folder_ / "large") << std::string(1 << 20, 'x');
    const auto at = folder_.path().string();
    const auto file = at + "/nginx.conf";
    std::ofstream(file) << "daemon off; master_process off; pid " << at << "/pid;\nerror_log stderr; events {}\n"
                        << "http {\n  access_log off; keepalive_requests 5; keepalive_timeout 1s;\n"
                        << "  client_body_temp_path " << at << "; proxy_temp_path " << at << "; fastcgi_temp_path "
                        << at << "; uwsgi_temp_path " << at << "; scgi_temp_path " << at << ";\n"
                        << "  server {\n    listen 127.0.0.1:" << port_ << "; root " << at << ";\n"
                        << "    location /post { return 201 posted; }\n  }\n}\n";
    command what;
    what.program = NGINX;
    what.arguments = {"-c", file, "-p", at};
    server_.emplace(what);
    ASSERT_TRUE(eventually(ample, [&] { return raw_client().connect({"127.0.0.1", port_}) == connecting::connected; }));
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

  const std::uint16_t port_ = free_port();
  temp_dir folder_;
  std::optional<child_process> server_;
};

// No call fails for a connection that the server has had enough of, whichever method.
TEST_F(NginxCalls, LoseNothingToItsLimits) {
  http_client::settings how;
  how.connections = 4;
  how.timeout = how.connect_timeout = ample;  // the machine may be slow, which is no loss
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
