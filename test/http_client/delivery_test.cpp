// What an attempt to deliver an event says, how long the pause after it is, and how an event is signed.
#include "http_client/delivery.hpp"
#include "http_client/signature.hpp"

#include "support/testing.hpp"

#include <gmock/gmock.h>

#include <string>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using http_client::answer;
using http_client::judge;
using http_client::read_secret;
using http_client::retry_pause;
using http_client::sign;
using http_client::verdict;
using std::chrono::system_clock;
using testing::HasSubstr;

result<answer> with_status(unsigned status) {
  answer made;
  made.status = status;
  return made;
}

struct said {
  unsigned status;
  verdict what;
};

class DeliveryStatus : public testing::TestWithParam<said> {};

// 2xx is a delivery, whatever is in it; the rest is the event's fault or the receiver's state.
TEST_P(DeliveryStatus, IsJudged) {
  EXPECT_EQ(judge(with_status(GetParam().status), {}).what, GetParam().what) << GetParam().status;
}

INSTANTIATE_TEST_SUITE_P(All, DeliveryStatus,
                         testing::Values(said{200, verdict::delivered}, said{202, verdict::delivered},
                                         said{204, verdict::delivered}, said{299, verdict::delivered},
                                         said{301, verdict::refused}, said{308, verdict::refused},
                                         said{400, verdict::refused}, said{401, verdict::refused},
                                         said{404, verdict::refused}, said{408, verdict::away},
                                         said{410, verdict::gone}, said{413, verdict::refused},
                                         said{422, verdict::refused}, said{429, verdict::away},
                                         said{500, verdict::away}, said{501, verdict::away}, said{503, verdict::away},
                                         said{504, verdict::away}, said{599, verdict::away}));

// So is each error of the client; what failed is for the log.
TEST(Delivery, ErrorsAreJudged) {
  const auto of = [](errc code) { return judge(error{code, "what failed"}, {}).what; };
  EXPECT_EQ(of(errc::unavailable), verdict::away);
  EXPECT_EQ(of(errc::timed_out), verdict::away);
  EXPECT_EQ(of(errc::busy), verdict::away);
  EXPECT_EQ(of(errc::malformed), verdict::refused);
  EXPECT_EQ(of(errc::canceled), verdict::given_up);
  EXPECT_EQ(judge(error{errc::timed_out, "what failed"}, {}).why, "what failed");
  EXPECT_THAT(judge(with_status(302), {}).why, HasSubstr("302, and redirects are not followed"));
}

// An hour of pause is the most that a receiver gets; what is no time is none.
TEST(Delivery, RetryAfterIsJudged) {
  const auto pause = [](std::string field) {
    auto said = with_status(503);
    said->headers.emplace_back("Retry-After", std::move(field));
    return judge(said, {}).retry_after;
  };
  EXPECT_EQ(pause("7"), 7s);
  EXPECT_EQ(pause("3601"), 1h);
  EXPECT_EQ(pause("soon"), 0ms);
  EXPECT_EQ(judge(with_status(503), {}).retry_after, 0ms);
}

// Half a second, doubled up to the longest, less a part of at most a half; the receiver's word is a lower bound.
TEST(RetryPause, GrowsToItsLimit) {
  EXPECT_EQ(retry_pause(1, 1min, 0ms, 0), 500ms);
  EXPECT_EQ(retry_pause(1, 1min, 0ms, 1), 250ms);
  EXPECT_EQ(retry_pause(2, 1min, 0ms, 0), 1s);
  EXPECT_EQ(retry_pause(7, 1min, 0ms, 0), 32s);
  EXPECT_EQ(retry_pause(8, 1min, 0ms, 0), 1min);
  EXPECT_EQ(retry_pause(8, 1min, 0ms, 0.5), 45s);
  EXPECT_EQ(retry_pause(~std::uint64_t{0}, 1h, 0ms, 0), 1h);
  EXPECT_EQ(retry_pause(1, 100ms, 0ms, 0), 100ms);
  EXPECT_EQ(retry_pause(1, 1min, 5s, 0), 5s);
  EXPECT_EQ(retry_pause(1, 1s, 5s, 1), 5s);
}

// The example of the specification of Standard Webhooks, as its own libraries have it in their tests.
TEST(Signature, IsThatOfStandardWebhooks) {
  const auto key = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->size(), 24U);
  EXPECT_EQ(sign(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

// 24 to 64 bytes, in base64 with its padding.
TEST(Signature, SecretsAreRead) {
  const auto size_of = [](const std::string& base64) {
    const auto key = read_secret("whsec_" + base64);
    return key ? static_cast<int>(key->size()) : -1;
  };
  EXPECT_EQ(size_of(std::string(32, 'A')), 24);
  EXPECT_EQ(size_of(std::string(34, 'A') + "=="), 25);
  EXPECT_EQ(size_of(std::string(35, 'A') + "="), 26);
  EXPECT_EQ(size_of(std::string(86, 'A') + "=="), 64);
  EXPECT_EQ(size_of(std::string(87, 'A') + "="), -1) << "65 bytes";
  EXPECT_EQ(size_of(std::string(31, 'A') + "="), -1) << "23 bytes";
  EXPECT_EQ(size_of(std::string(33, 'A')), -1) << "no padding";
  EXPECT_EQ(size_of(std::string(32, 'A') + "===="), -1);
  EXPECT_EQ(size_of(std::string(32, 'A') + "A=A="), -1);
  EXPECT_EQ(size_of(std::string(31, 'A') + "-"), -1) << "base64url";
  EXPECT_EQ(size_of(""), -1);
  EXPECT_FALSE(read_secret(std::string(32, 'A')));
}

}  // namespace
}  // namespace sundown::test
