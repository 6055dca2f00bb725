// What stands in front of the sample's API, as configured: a token, CORS, and security headers.
#include "app/sample.hpp"

#include <gmock/gmock.h>

namespace sundown::app {
namespace {

using ::testing::HasSubstr;
using Api = sample;

// By default the API is anybody's, and no other origin's page may read it; every answer has the security headers.
TEST_F(Api, IsOpenByDefault) {
  const auto answer = send("GET", "/v1/notes", "Origin: https://shop.example\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.field("access-control-allow-origin"), std::nullopt);
  EXPECT_EQ(send("GET", "/hello").field("x-content-type-options"), std::nullopt);
}

// With a token it asks for it, or for the one before it; the rest of the service doesn't.
TEST_F(Api, AsksForTheToken) {
  start({{"api.token", "new-token"}, {"api.old_token", "old-token"}});
  const auto status = [&](const std::string& fields) { return send("GET", "/v1/notes", fields).status; };
  EXPECT_EQ(status(""), 401);
  EXPECT_EQ(status("Authorization: Bearer new-token\r\n"), 200);
  EXPECT_EQ(status("Authorization: Bearer old-token\r\n"), 200);
  EXPECT_EQ(status("Authorization: Bearer older-token\r\n"), 401);
  EXPECT_EQ(send("GET", "/hello").status, 200);
}

// Pages of a configured origin may use it, with the token; their preflights need none.
TEST_F(Api, AllowsOrigins) {
  start({{"api.token", "token"}, {"api.origins", "https://shop.example"}});
  const auto preflight = send("OPTIONS", "/v1/notes",
                              "Origin: https://shop.example\r\nAccess-Control-Request-Method: POST\r\n"
                              "Access-Control-Request-Headers: authorization,content-type\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.field("access-control-allow-origin"), "https://shop.example");
  EXPECT_EQ(preflight.field("access-control-allow-methods"), "POST, GET, HEAD, OPTIONS");
  EXPECT_THAT(preflight.field("access-control-allow-headers").value_or(""), HasSubstr("Authorization"));
  const auto answer = send("GET", "/v1/notes", "Origin: https://shop.example\r\nAuthorization: Bearer token\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("access-control-allow-origin"), "https://shop.example");
}

}  // namespace
}  // namespace sundown::app
