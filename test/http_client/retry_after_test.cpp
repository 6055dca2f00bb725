// How long a server asks to be left alone (RFC 9110 §10.2.3).
#include "http_client/retry_after.hpp"

#include "support/testing.hpp"

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using http_client::read_retry_after;
using std::chrono::system_clock;

struct asked_pause {
  const char* field;
  std::optional<milliseconds> pause;
};

class RetryAfter : public testing::TestWithParam<asked_pause> {};

TEST_P(RetryAfter, IsRead) {
  const auto now = system_clock::from_time_t(784'111'777);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(read_retry_after(GetParam().field, now, 1h), GetParam().pause) << GetParam().field;
}

INSTANTIATE_TEST_SUITE_P(
    All, RetryAfter,
    testing::Values(asked_pause{"0", 0ms}, asked_pause{"7", 7s}, asked_pause{"3600", 1h}, asked_pause{"3601", 1h},
                    asked_pause{"9223372036854775807", 1h}, asked_pause{"9223372036854775808", std::nullopt},
                    asked_pause{"", std::nullopt}, asked_pause{"-1", std::nullopt}, asked_pause{"1.5", std::nullopt},
                    asked_pause{"soon", std::nullopt}, asked_pause{"Sun, 06 Nov 1994 08:50:07 GMT", 30s},
                    asked_pause{"Sun, 06 Nov 1994 08:49:37 GMT", 0ms},
                    asked_pause{"Sun, 06 Nov 1994 08:00:00 GMT", 0ms}, asked_pause{"Mon, 07 Nov 1994 08:49:37 GMT", 1h},
                    asked_pause{"Sun, 06 Nov 1994 08:50:07 GMT, and more", std::nullopt},
                    asked_pause{"Sunday, 06-Nov-94 08:50:07 GMT", std::nullopt}));

}  // namespace
}  // namespace sundown::test
