// What an answer of a collector means, and how long to wait after it.
#include "otlp/judgement.hpp"
#include "support/testing.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using otlp::backoff;
using otlp::judge;
using otlp::judgement;
using kind = judgement::kind;
using testing::HasSubstr;

const auto noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 27) + std::chrono::hours(12);

http_client::answer with_status(unsigned status, std::string body = {}, http::fields headers = {}) {
  http_client::answer made;
  made.status = status;
  made.body = std::move(body);
  made.headers = std::move(headers);
  return made;
}

judgement of(unsigned status, std::string body = {}, http::fields headers = {}) {
  return judge(with_status(status, std::move(body), std::move(headers)), 10, noon);
}

// By the specification of OTLP: what may be tried again, and what not.
TEST(Judgement, GoesByTheStatus) {
  for (const unsigned status : {200U, 202U}) EXPECT_EQ(of(status).what, kind::accepted) << status;
  for (const unsigned status : {429U, 502U, 503U, 504U}) EXPECT_EQ(of(status).what, kind::overloaded) << status;
  for (const unsigned status : {301U, 400U, 401U, 404U, 413U, 500U, 501U})
    EXPECT_EQ(of(status).what, kind::refused) << status;
  const auto away = judge(error{errc::unavailable, "http://a: Connection refused"}, 10, noon);
  EXPECT_EQ(away.what, kind::unreachable);
  EXPECT_EQ(away.why, "http://a: Connection refused");
  EXPECT_EQ(of(400, R"({"code":3,"message":"bad span"})").why, "status 400: bad span");
  EXPECT_EQ(of(400, "<html>").why, "status 400");
  EXPECT_LT(of(400, R"({"message":")" + std::string(10'000, 'x') + "\"}").why.size(), 300U);
}

// A partial success counts what it names, whatever it names.
TEST(Judgement, ReadsAPartialSuccess) {
  const auto rejected = [](std::string body) { return of(200, std::move(body)).rejected; };
  EXPECT_EQ(rejected(R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"old"}})"), 3U);
  EXPECT_EQ(rejected(R"({"partialSuccess":{"rejectedSpans":3}})"), 3U);
  EXPECT_EQ(rejected(R"({"partialSuccess":{"rejectedSpans":"99"}})"), 10U);
  EXPECT_EQ(rejected(R"({"partialSuccess":{"rejectedSpans":"-1"}})"), 0U);
  EXPECT_EQ(rejected(R"({"partialSuccess":{}})"), 0U);
  for (const auto* body :
       {"", "{}", "[]", "no json", R"({"partialSuccess":7})", R"({"partialSuccess":{"rejectedSpans":[]}})"})
    EXPECT_EQ(rejected(body), 0U) << body;
  EXPECT_EQ(of(200, R"({"partialSuccess":{"errorMessage":"soon gone"}})").why, "soon gone");
  EXPECT_EQ(of(200, R"({"partialSuccess":{"rejectedSpans":3}})").why, "without a reason");
}

// The status counts alone where the body is too long to be read.
TEST(Judgement, CutBody) {
  const auto cut = [](unsigned status, std::string body) {
    auto came = with_status(status, std::move(body));
    came.cut = true;
    return judge(came, 10, noon);
  };
  const auto accepted = cut(200, R"({"partialSuccess":{"rejectedSpans":3}})");
  EXPECT_EQ(accepted.what, kind::accepted);
  EXPECT_TRUE(accepted.unread);
  EXPECT_EQ(accepted.rejected, 0U);
  EXPECT_EQ(accepted.why, "");
  EXPECT_EQ(cut(503, "{").what, kind::overloaded);
  EXPECT_EQ(cut(400, R"({"message":)").what, kind::refused);
  EXPECT_FALSE(cut(400, "").unread);
  EXPECT_FALSE(of(200).unread);
}

// Whoever names more than ten minutes is not to lose a day's spans by a slip.
TEST(Judgement, ReadsRetryAfter) {
  const auto after = [](std::string field) { return of(503, "", {{"Retry-After", std::move(field)}}).retry_after; };
  EXPECT_EQ(of(503).retry_after, std::nullopt);
  EXPECT_EQ(after("soon"), std::nullopt);
  EXPECT_EQ(after("0"), 0s);
  EXPECT_EQ(after("7"), 7s);
  EXPECT_EQ(after("Fri, 27 Nov 2026 12:00:30 GMT"), 30s);
  EXPECT_EQ(after("999999999999"), std::chrono::minutes(10));
}

// Twice as long each time up to the limit, half to one and a half times of it.
TEST(Backoff, GrowsToItsLimit) {
  backoff least, most;
  for (auto expected = backoff::first; expected < backoff::most; expected *= 2) {
    EXPECT_EQ(least.next(0), expected / 2);
    EXPECT_EQ(most.next(1), expected * 3 / 2);
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(least.next(0.5), backoff::most);
}

}  // namespace
}  // namespace sundown::test
