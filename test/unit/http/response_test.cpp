// What a response is made of, and what an error says to whom.
#include <sundown/http/response.hpp>

#include <gmock/gmock.h>

#include <type_traits>

namespace sundown::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

constexpr errc all_codes[] = {errc::not_found,   errc::conflict, errc::malformed, errc::invalid,
                              errc::unavailable, errc::busy,     errc::timed_out, errc::canceled};

// What an error says to the log reaches no client, whatever its code; what it says to the client does.
TEST(Errors, DetailIsForTheLog) {
  for (const auto code : all_codes) {
    const error silent{code, "/var/lib/shop.db: disk I/O error"};
    EXPECT_THAT(problem(silent).body, Not(HasSubstr("shop.db"))) << to_string(code);
    EXPECT_THAT(problem(silent).body, HasSubstr("\"detail\":\"")) << to_string(code);
    const error both{code, "/var/lib/shop.db: too big", advice("Make it smaller.")};
    EXPECT_THAT(problem(both).body, Not(HasSubstr("shop.db"))) << to_string(code);
    EXPECT_THAT(problem(both).body, HasSubstr("Make it smaller.")) << to_string(code);
    EXPECT_THAT(problem(error{code, advice("Make it smaller.")}).body, HasSubstr("Make it smaller."));
  }
}

// A text for the log becomes one for the client only where somebody writes so.
static_assert(!std::is_convertible_v<std::string, advice> && !std::is_convertible_v<const char*, advice>);

// What a dependency could not do may be tried again, and says when.
TEST(Errors, RetryAfter) {
  for (const auto code : all_codes) {
    const auto answer = problem(error{code, advice("x")});
    EXPECT_EQ(answer.status == 503, !answer.headers.empty()) << to_string(code);
  }
}

// A type that is a constant is kept as a view; one that is known only at run time is kept by the response.
TEST(Responses, OwnTheirType) {
  const response constant{200, "text/css", "a{}"};
  EXPECT_EQ(constant.content_type.view(), "text/css");
  EXPECT_TRUE(constant.headers.empty());
  std::string type = "image/a-type-that-is-too-long-for-a-small-string";
  const response owning{200, type, "x"};
  type.assign(type.size(), '!');
  EXPECT_TRUE(owning.content_type.empty());
  EXPECT_THAT(owning.headers, ElementsAre(Pair("Content-Type", "image/a-type-that-is-too-long-for-a-small-string")));
}

// What isn't a constant is no static text: it could end before the response does.
static_assert(!std::is_convertible_v<std::string, static_text>);
static_assert(!std::is_assignable_v<static_text&, const std::string&>);

// A response is made of as much as there is to say.
TEST(Responses, Constructors) {
  EXPECT_EQ(response().status, 200U);
  EXPECT_EQ((response{204, {}, {}, {}}.body), "");
  EXPECT_EQ((response{200, "text/plain"}.body), "");
  EXPECT_EQ((response{200, "text/plain", std::string_view("view")}.body), "view");
  response named{200, "text/plain", "x", {{"A", "1"}}};
  named.with("B", "2").with("C", "3");
  EXPECT_THAT(named.headers, ElementsAre(Pair("A", "1"), Pair("B", "2"), Pair("C", "3")));
  EXPECT_THAT(response().with("A", "1").headers, ElementsAre(Pair("A", "1")));
}

// What most handlers answer, in a word. A status other than the usual one comes first.
TEST(Responses, Builders) {
  EXPECT_EQ(text("Hello").status, 200U);
  EXPECT_EQ(text("Hello").content_type.view(), "text/plain; charset=utf-8");
  EXPECT_EQ(text(202, std::string_view("Later")).status, 202U);
  EXPECT_EQ(json_text("{}").content_type.view(), "application/json");
  EXPECT_EQ(json_text(409, "{}").status, 409U);
  EXPECT_EQ(no_content().status, 204U);
  EXPECT_TRUE(no_content().content_type.empty());
}

// 201 and 303 say where to go on; nothing but a redirection's status redirects.
TEST(Responses, Locations) {
  const auto made = created("/orders/7");
  EXPECT_EQ(made.status, 201U);
  EXPECT_TRUE(made.content_type.empty());
  EXPECT_THAT(made.headers, ElementsAre(Pair("Location", "/orders/7")));
  const auto whole = created("/orders/7", json_text("{}").with("ETag", "\"1\""));
  EXPECT_EQ(whole.status, 201U);
  EXPECT_EQ(whole.body, "{}");
  EXPECT_THAT(whole.headers, ElementsAre(Pair("ETag", "\"1\""), Pair("Location", "/orders/7")));
  EXPECT_EQ(redirect("/there").status, 303U);
  for (const auto status : {301U, 302U, 303U, 307U, 308U}) {
    EXPECT_THAT(redirect("/there", status).headers, ElementsAre(Pair("Location", "/there"))) << status;
  }
  for (const auto status : {200U, 300U, 304U, 305U, 404U}) {
    EXPECT_THROW(redirect("/there", status), std::logic_error) << status;
  }
}

}  // namespace
}  // namespace sundown::http
