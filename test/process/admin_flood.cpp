// The admin port against whoever holds connections open there: probes get in, and the service keeps its descriptors.
#include "process/scenario.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>

namespace sundown::test {
namespace {

/// What a client can leave a connection in.
struct holding {
  const char* name;
  std::string_view sent;
};

const std::string half_a_body = [] {
  auto whole = post("/admin/drain", "all of it");
  whole.pop_back();
  return whole;
}();

class AdminFlood : public testing::TestWithParam<holding> {};

// Connections of more than the limit, in whatever state they are held: /live and /ready answer within moments, the
// service's port is served, and the process has not taken more descriptors than the limit.
TEST_P(AdminFlood, ShutsNobodyOut) {
  service_options how;
  how.open_files = 300;
  running app(how);
  const auto held = connect_each(app.admin(), 400, GetParam().sent);
  for (const auto* probe : {"/live", "/ready", "/live", "/ready"}) {
    const auto took = fastest(slack(500ms), [&] {
      const auto begin = clock::now();
      EXPECT_EQ(ask(app.admin(), get(probe)).status, 200);
      return between(begin, clock::now());
    });
    EXPECT_LE(took, slack(500ms)) << probe;
    EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
  }
  const std::filesystem::directory_iterator open("/proc/" + std::to_string(app.process().pid()) + "/fd");
  EXPECT_LE(std::distance(begin(open), end(open)), 120);
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(3s));
}

INSTANTIATE_TEST_SUITE_P(
    , AdminFlood,
    testing::Values(holding{"Silent", ""}, holding{"HalfAHead", "GET /live HTTP/1.1\r\nHo"},
                    holding{"HalfABody", half_a_body}, holding{"Answered", "GET /live HTTP/1.1\r\nHost: x\r\n\r\n"},
                    holding{"Lingering", "GET /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"}),
    [](const auto& one) { return one.param.name; });

// Below the limit nobody is sent away before the idle time is over, and that is short.
TEST(AdminPort, KeepsAFewConnections) {
  running app;
  auto clients = connect_each(app.admin(), 20, get("/live"));
  for (auto& client : clients) EXPECT_EQ(client.read_response().status, 200);
  for (auto& client : clients) {
    EXPECT_EQ(client.send(get("/live")), sending::sent);
    EXPECT_EQ(client.read_response().status, 200);
  }
  EXPECT_EQ(clients.front().read_until_end(slack(8s)), ending::fin);
}

// Credentials of admin.token: the scheme in any case (RFC 9110 §11.1), one space or several, once. Origin stands for a
// browser, which has no right by its address.
TEST(AdminPort, TakesTheTokenInEachForm) {
  running app(with({{"SUNDOWN_ADMIN__TOKEN", "s3cret"}}));
  const auto status = [&](const std::string& fields) {
    return ask(app.admin(),
               post("/admin/drain", "")
                   .insert(std::strlen("POST /admin/drain HTTP/1.1\r\n"), "Origin: http://elsewhere\r\n" + fields))
        .status;
  };
  for (const std::string right : {"Bearer s3cret", "bearer s3cret", "BEARER s3cret", "bEaReR   s3cret"})
    EXPECT_EQ(status("Authorization: " + right + "\r\n"), 200) << right;
  for (const std::string wrong :
       {"", "Bearer", "Bearer ", "Bearer  ", "s3cret", "Bearers3cret", "Basic s3cret", "Bearer s3cre", "Bearer s3crets",
        "Bearer S3cret", "Bearer\ts3cret", "Bearer s3cret x"})
    EXPECT_EQ(status("Authorization: " + wrong + "\r\n"), 403) << wrong;
  EXPECT_EQ(status(""), 403);
  EXPECT_EQ(status("Authorization: Bearer s3cret\r\nAuthorization: Bearer s3cret\r\n"), 403);
  EXPECT_EQ(status("Authorization: Bearer s3cret\r\nauthorization: Bearer other\r\n"), 403);
}

// A browser is told by Origin, whatever stands in it and on however many lines.
TEST(AdminPort, NoBrowserChangesAnything) {
  running app;
  const auto status = [&](const std::string& fields) {
    return ask(app.admin(), post("/admin/drain", "").insert(std::strlen("POST /admin/drain HTTP/1.1\r\n"), fields))
        .status;
  };
  for (const auto* fields : {"Origin: http://elsewhere\r\n", "Origin: null\r\n", "Origin:\r\n",
                             "Origin:\r\nOrigin: http://elsewhere\r\n", "origin: \r\nX: 1\r\nORIGIN: a\r\n"}) {
    EXPECT_EQ(status(fields), 403) << fields;
  }
  EXPECT_EQ(status(""), 200);
}

// A scrape changes nothing that is scraped: two readers one after the other see the same.
TEST(AdminPort, ScrapesDontDisturbEachOther) {
  running app(with({{"SUNDOWN_HTTP__WORKERS", "1"}}));
  const auto lag = [&] {
    const auto text = ask(app.admin(), get("/metrics")).body;
    const std::string name = "\nsundown_event_loop_lag_seconds ";
    const auto at = text.find(name);
    return at == text.npos ? -1.0 : std::stod(text.substr(at + name.size()));
  };
  EXPECT_EQ(ask(app.http(), get("/demo/block?ms=1500")).status, 200);
  ASSERT_TRUE(eventually(ample, [&] { return lag() > 0.1; }));
  const auto seen = lag();
  for (int i = 0; i < 10; ++i) EXPECT_GE(lag(), seen);
}

// A worker that is stuck now is seen now, not when it goes on.
TEST(AdminPort, ShowsALagThatIsNotOver) {
  running app(with({{"SUNDOWN_HTTP__WORKERS", "1"}}));
  auto blocking = connected(app.http());
  blocking.send(get("/demo/block?ms=60000"));
  EXPECT_TRUE(eventually(ample, [&] {
    const auto text = ask(app.admin(), get("/metrics")).body;
    const std::string name = "\nsundown_event_loop_lag_seconds ";
    return std::stod(text.substr(text.find(name) + name.size())) > 0.5;
  }));
  EXPECT_EQ(blocking.read_some(1, 0ms), ending::timed_out);  // it is stuck still
}

// What /metrics says of connections is what there is.
TEST(AdminPort, CountsConnectionsByState) {
  running app;
  const auto silent = connect_each(app.http(), 3);
  const auto asking = connect_each(app.http(), 2, "GET /hel");
  const auto asleep = connect_each(app.http(), 4, get("/demo/sleep?ms=60000"));
  auto idle = connect_each(app.http(), 5, get("/hello"));
  for (auto& one : idle) EXPECT_EQ(one.read_response().status, 200);
  const auto says = [&](const std::string& line) {
    return ask(app.admin(), get("/metrics")).body.find(line) != std::string::npos;
  };
  for (const auto* line : {"sundown_connections{state=\"fresh\"} 3\n", "sundown_connections{state=\"head\"} 2\n",
                           "sundown_connections{state=\"handler\"} 4\n", "sundown_connections{state=\"idle\"} 5\n",
                           "sundown_connections{state=\"linger\"} 0\n", "sundown_requests_in_flight 6\n"})
    EXPECT_TRUE(eventually(ample, [&] { return says(line); })) << line;
  idle.clear();
  EXPECT_TRUE(eventually(ample, [&] { return says("sundown_connections{state=\"idle\"} 0\n"); }));
  const auto status = ask(app.admin(), get("/status")).body;
  EXPECT_THAT(status, testing::HasSubstr(R"("connections":9,"requests":6,)"));
  app.signal(SIGQUIT);
}

}  // namespace
}  // namespace sundown::test
