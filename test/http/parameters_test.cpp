// Query parameters of a type: what a handler gets, and what a client is told who sends another.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <gmock/gmock.h>

#include <cstdint>

namespace sundown::test {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t largest = UINT64_MAX;

/// The value as a text, or the problem.
template <class T>
http::response shown(const result<T>& value) {
  if (!value) return http::problem(value.error());
  if constexpr (std::is_same_v<T, std::string>)
    return http::text("'" + *value + "'");
  else
    return http::text(std::to_string(*value));
}

class Parameters : public testing::Test {
 protected:
  static void routes(http::router& to) {
    to.get("/limit", [](const http::request& r) { return shown(r.query_number("limit", 1, 500, 50)); });
    to.get("/signed", [](const http::request& r) { return shown(r.query_number("n", -5, 5, -77)); });
    to.get("/unsigned", [](const http::request& r) { return shown(r.query_number("n", 0, largest, 7)); });
    to.get("/text", [](const http::request& r) { return shown(r.query_text("q", 5, "none")); });
    to.get("/flag", [](const http::request& r) { return shown(r.query_flag("on")); });
    to.get("/flag-on", [](const http::request& r) { return shown(r.query_flag("on", true)); });
    to.get("/all", [](const http::request& r) {
      std::string all;
      for (const auto& [name, value] : r.query_parameters()) all += name + "=" + value + ";";
      return http::text(all);
    });
  }
  serving app{routes};
  std::string body(std::string_view target) { return app.ask(get(target)).body; }
  void expect_refused(std::string_view target, std::string_view why) {
    const auto answer = app.ask(get(target));
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_THAT(answer.body, HasSubstr(why)) << target;
  }
};

// A number from the range, both ends in it; the fallback stands for an absent one only.
TEST_F(Parameters, Numbers) {
  EXPECT_EQ(body("/limit"), "50");
  EXPECT_EQ(body("/limit?other=7"), "50");
  EXPECT_EQ(body("/limit?limit=1"), "1");
  EXPECT_EQ(body("/limit?x=%26&limit=%350%30"), "500");
  EXPECT_EQ(body("/signed"), "-77");
  EXPECT_EQ(body("/signed?n=-5"), "-5");
  EXPECT_EQ(body("/unsigned?n=18446744073709551615"), "18446744073709551615");
  for (const auto* value : {"0", "501", "", "-1", "+1", "1.0", "10%20", "ten", "99999999999999999999", "1,2"}) {
    expect_refused("/limit?limit=" + std::string(value), "'limit' must be a whole number from 1 to 500.");
  }
  expect_refused("/limit?limit", "'limit' must be a whole number from 1 to 500.");
  expect_refused("/unsigned?n=-1", "'n' must be a whole number from 0 to 18446744073709551615.");
}

// Of a parameter that comes twice the first one counts, as everywhere.
TEST_F(Parameters, TheFirstCounts) {
  EXPECT_EQ(body("/limit?limit=3&limit=4"), "3");
  expect_refused("/limit?limit=x&limit=4", "'limit'");
}

// A text is measured as it is decoded.
TEST_F(Parameters, Texts) {
  EXPECT_EQ(body("/text"), "'none'");
  EXPECT_EQ(body("/text?q="), "''");
  EXPECT_EQ(body("/text?q"), "''");
  EXPECT_EQ(body("/text?q=%61+b%2Bc"), "'a b+c'");
  expect_refused("/text?q=123456", "'q' must be a text of at most 5 bytes.");
}

// A flag is there, or says what it is.
TEST_F(Parameters, Flags) {
  EXPECT_EQ(body("/flag"), "0");
  EXPECT_EQ(body("/flag-on"), "1");
  for (const auto* on : {"?on", "?on=true", "?on=1"}) EXPECT_EQ(body("/flag" + std::string(on)), "1") << on;
  for (const auto* off : {"?on=false", "?on=0"}) EXPECT_EQ(body("/flag-on" + std::string(off)), "0") << off;
  for (const auto* other : {"?on=", "?on=yes", "?on=True", "?on=2"}) {
    expect_refused("/flag" + std::string(other), "'on' must be true or false.");
  }
}

// All parameters, in their order, decoded; nothing between two '&' is none.
TEST_F(Parameters, All) {
  EXPECT_EQ(body("/all"), "");
  EXPECT_EQ(body("/all?"), "");
  EXPECT_EQ(body("/all?a=1&b&a=%32&c=x=y&%64=+"), "a=1;b=;a=2;c=x=y;d= ;");
  EXPECT_EQ(body("/all?&a=1&&=b&=&"), "a=1;=b;=;");
}

}  // namespace
}  // namespace sundown::test
