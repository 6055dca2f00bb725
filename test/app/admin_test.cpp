// The admin listener of the sample: probes, and who may stop it.
#include "app/sample.hpp"

#include <boost/json.hpp>

#include <gmock/gmock.h>

namespace sundown::app {
namespace {

using ::testing::HasSubstr;
using Admin = sample;

// A service that serves is alive and ready, and a rehearsed drain makes it unready without harm.
TEST_F(Admin, HasProbes) {
  EXPECT_EQ(send_admin("GET", "/live").status, 200);
  EXPECT_EQ(send_admin("GET", "/ready").status, 200);
  EXPECT_EQ(send_admin("POST", "/admin/drain").status, 200);
  const auto draining = send_admin("GET", "/ready");
  EXPECT_EQ(draining.status, 503);
  EXPECT_THAT(draining.body, HasSubstr("draining"));
  EXPECT_EQ(send_admin("GET", "/live").status, 200);
  EXPECT_EQ(send("GET", "/hello").body, "Hello, World!");
  EXPECT_EQ(send_admin("POST", "/admin/undrain").status, 200);
  EXPECT_EQ(send_admin("GET", "/ready").status, 200);
  EXPECT_EQ(boost::json::parse(send_admin("GET", "/status").body).at("state").as_string(), "ready");
}

// The public listener has none of it, and the admin listener none of the service.
TEST_F(Admin, IsAListenerOfItsOwn) {
  for (const auto* path : {"/live", "/ready", "/status", "/metrics"}) EXPECT_EQ(send("GET", path).status, 404) << path;
  EXPECT_EQ(send("POST", "/admin/shutdown").status, 404);
  EXPECT_EQ(send_admin("GET", "/hello").status, 404);
  EXPECT_EQ(send_admin("GET", "/admin/shutdown").status, 405);
}

// A page in a browser (it sends Origin) can't stop the service but with the token; the scheme's case and the spaces
// behind it don't matter, all else does.
TEST_F(Admin, AsksStrangersForTheToken) {
  start({{"admin.token", "open-sesame"}});
  const std::string page = "Origin: http://elsewhere\r\n";
  for (const auto* credentials :
       {"", "Authorization: Bearer\r\n", "Authorization: Bearer open-\r\n", "Authorization: Bearer open-sesames\r\n",
        "Authorization: Basic open-sesame\r\n", "Authorization: open-sesame\r\n",
        "Authorization: Bearer open-sesame\r\nAuthorization: Bearer open-sesame\r\n"}) {
    for (const auto* path : {"/admin/shutdown", "/admin/drain", "/admin/undrain"})
      EXPECT_EQ(send_admin("POST", path, page + credentials).status, 403) << path << ' ' << credentials;
  }
  EXPECT_EQ(send_admin("GET", "/ready").status, 200) << "nothing of that had an effect";
  EXPECT_EQ(send_admin("POST", "/admin/drain", page + "Authorization: Bearer open-sesame\r\n").status, 200);
  EXPECT_EQ(send_admin("POST", "/admin/shutdown", page + "Authorization: bEARER   open-sesame\r\n").status, 202);
  const auto& report = app().wait_end();
  EXPECT_EQ(report.exit_code, 0) << app().log();
  EXPECT_EQ(report.trigger, "POST /admin/shutdown");
}

}  // namespace
}  // namespace sundown::app
