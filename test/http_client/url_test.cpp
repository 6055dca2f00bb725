#include "http_client/url.hpp"

#include "http_client/fixture.hpp"

namespace sundown::test {
namespace {

using http_client::parse_url;

struct url_case {
  const char* url;
  const char* origin;  ///< nullptr: refused
  const char* target = "";
};

class CallUrls : public testing::TestWithParam<url_case> {};

// What an origin is, what is sent as the target, and what is no URL to call.
TEST_P(CallUrls, AreTakenApart) {
  const auto& [url, origin, target] = GetParam();
  const auto parsed = parse_url(url);
  ASSERT_EQ(static_cast<bool>(parsed), origin != nullptr) << url;
  if (!parsed) {
    EXPECT_EQ(parsed.error().code, errc::malformed);
    EXPECT_THAT(parsed.error().detail, testing::StartsWith("the URL of a call "));
    EXPECT_THAT(parsed.error().detail, testing::Not(testing::HasSubstr("secret")));
    return;
  }
  EXPECT_EQ(parsed->where.text(), origin);
  EXPECT_EQ(parsed->target, target);
}

INSTANTIATE_TEST_SUITE_P(
    All, CallUrls,
    testing::Values(
        url_case{"http://a", "http://a", "/"}, url_case{"http://a/", "http://a", "/"},
        url_case{"HTTP://A.Example:80/B?c=d", "http://a.example", "/B?c=d"},
        url_case{"https://a:443", "https://a", "/"}, url_case{"https://a:80/", "https://a:80", "/"},
        url_case{"http://a?x", "http://a", "/?x"}, url_case{"http://a/b#c", "http://a", "/b"},
        url_case{"http://[::1]:8080/x", "http://[::1]:8080", "/x"},
        url_case{"http://127.0.0.1:1", "http://127.0.0.1:1", "/"}, url_case{"http://a:/", "http://a", "/"},
        url_case{"http://a/%41%2f", "http://a", "/%41%2f"}, url_case{"http://a_b.c-d~e", "http://a_b.c-d~e", "/"},
        // Refused.
        url_case{"", nullptr}, url_case{"a", nullptr}, url_case{"/path", nullptr}, url_case{"ftp://a", nullptr},
        url_case{"http:/a", nullptr}, url_case{"http://", nullptr}, url_case{"http:///x", nullptr},
        url_case{"http://user:secret@a/", nullptr}, url_case{"http://a:0/", nullptr},
        url_case{"http://a:65536/", nullptr}, url_case{"http://a:x/", nullptr}, url_case{"http://[::1/", nullptr},
        url_case{"http://[]/", nullptr}, url_case{"http://[a]/", nullptr}, url_case{"http://[::1]x/", nullptr},
        url_case{"http://a b/", nullptr}, url_case{"http://a/b c?secret", nullptr},
        url_case{"http://a/\r\nX: secret", nullptr}, url_case{"http://a/%4", nullptr},
        url_case{"http://a\r\n/", nullptr}, url_case{"http://ä/", nullptr}, url_case{"http://a/ä", nullptr}));

}  // namespace
}  // namespace sundown::test
