#include <sundown/http/conditional.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string_view>

namespace sundown::http {

void PrintTo(preconditions::verdict verdict, std::ostream* out) {
  constexpr const char* names[] = {"proceed", "not_modified", "failed"};
  *out << names[static_cast<int>(verdict)];
}

namespace {

using enum preconditions::verdict;
using value = std::optional<std::string_view>;

constexpr value none;
constexpr verb changing[] = {verb::put, verb::delete_, verb::post, verb::patch};
constexpr verb reading[] = {verb::get, verb::head};

struct comparison {
  std::string_view list, tag;
  bool strong, weak;  ///< whether one of the list matches the tag
};

constexpr comparison comparisons[] = {
    {R"("1")", R"("1")", true, true},
    {R"("2")", R"("1")", false, false},
    {R"("01")", R"("1")", false, false},
    {R"("")", R"("")", true, true},
    {R"("a")", R"("A")", false, false},
    {R"(W/"1")", R"("1")", false, true},
    {R"("1")", R"(W/"1")", false, true},
    {R"(W/"1")", R"(W/"1")", false, true},
    {R"(W/"2")", R"(W/"1")", false, false},
    {R"("1", "2", "9")", R"("2")", true, true},
    {R"("9", "2", "1")", R"("1")", true, true},
    {R"("9","2","1")", R"("9")", true, true},
    {R"("9", W/"2", "1")", R"("2")", false, true},
    {"\t\"1\"\t,\t\"2\" ", R"("2")", true, true},
    {R"(,, "1" , ,"2",)", R"("2")", true, true},
    {R"("a,b", "c")", R"("a,b")", true, true},
    {R"("a,b", "c")", R"("a)", false, false},
    {R"("a\", "b")", R"("b")", true, true},  // a backslash is a character like others
    {R"("a\")", R"("a\")", true, true},
    {"\"\xc3\xa9\"", "\"\xc3\xa9\"", true, true},
    {"*", R"("1")", true, true},
    {" * ", R"(W/"1")", true, true},
    {"*", "", true, true},  // a representation without a tag
    {R"("1")", "", false, false},
    {"", R"("1")", false, false},
    {" ", R"("1")", false, false},
    {",", R"("1")", false, false},
    {", ,", R"("1")", false, false},
};

bool readable(std::string_view list) { return !preconditions(verb::put, list, none).malformed(); }

// If-Match compares strongly, If-None-Match weakly, character by character and with any of the list; a list of nothing
// matches nothing. A failed condition is 412, but 304 where GET and HEAD ask for what they have.
TEST(Preconditions, CompareWithAnyOfTheList) {
  for (const auto& one : comparisons) {
    for (const auto method : changing) {
      EXPECT_EQ(preconditions(method, one.list, none).evaluate(one.tag), one.strong ? proceed : failed) << one.list;
      EXPECT_EQ(preconditions(method, none, one.list).evaluate(one.tag), one.weak ? failed : proceed) << one.list;
    }
    for (const auto method : reading) {
      EXPECT_EQ(preconditions(method, one.list, none).evaluate(one.tag), one.strong ? proceed : failed) << one.list;
      EXPECT_EQ(preconditions(method, none, one.list).evaluate(one.tag), one.weak ? not_modified : proceed) << one.list;
    }
  }
}

// If-Match is looked at first; both must hold.
TEST(Preconditions, IfMatchComesFirst) {
  struct row {
    std::string_view if_match, if_none_match;
    preconditions::verdict get, put;
  };
  constexpr row rows[] = {
      {R"("1")", R"("2")", proceed, proceed},
      {R"("1")", R"("1")", not_modified, failed},
      {R"("2")", R"("1")", failed, failed},
      {R"("2")", R"("2")", failed, failed},
      {"*", R"("2")", proceed, proceed},
      {"*", "*", not_modified, failed},
      {"", "*", failed, failed},
  };
  for (const auto& one : rows) {
    EXPECT_EQ(preconditions(verb::get, one.if_match, one.if_none_match).evaluate(R"("1")"), one.get) << one.if_match;
    EXPECT_EQ(preconditions(verb::put, one.if_match, one.if_none_match).evaluate(R"("1")"), one.put) << one.if_match;
  }
}

// Where nothing is, no If-Match holds and every If-None-Match does.
TEST(Preconditions, OfWhatIsNotThere) {
  for (const auto* list : {"*", R"("1")", ""}) {
    EXPECT_EQ(preconditions(verb::put, list, none).evaluate(std::nullopt), failed) << list;
    EXPECT_EQ(preconditions(verb::put, none, list).evaluate(std::nullopt), proceed) << list;
  }
}

// Without a condition everything goes on; OPTIONS and the like have none.
TEST(Preconditions, Absent) {
  for (const auto method : {verb::get, verb::put, verb::post}) {
    EXPECT_TRUE(preconditions(method, none, none).empty());
    EXPECT_EQ(preconditions(method, none, none).evaluate(R"("1")"), proceed);
    EXPECT_EQ(preconditions(method, none, none).evaluate(std::nullopt), proceed);
  }
  for (const auto method : {verb::options, verb::trace, verb::connect}) {
    const preconditions given(method, "garbage", "*");
    EXPECT_FALSE(given.malformed());
    EXPECT_EQ(given.evaluate(R"("1")"), proceed);
  }
}

// What is neither "*" nor a list of entity tags can't be read, in either field; nothing is performed then.
TEST(Preconditions, Malformed) {
  for (const auto* text :
       {"1",       "garbage",    R"("1)",       R"(1")",     R"(w/"1")",  R"(W/1)",    R"(W/ "1")", R"(W "1")",
        "W/",      R"("1" "2")", R"("1"; "2")", R"("1", 2)", R"("1", *)", R"(*, "1")", "**",        "*,",
        R"("1"x)", R"("a b")",   "\"a\tb\"",    "\"a\x7f\"", R"('1')",    R"("1", ")"}) {
    EXPECT_FALSE(readable(text)) << text;
    EXPECT_TRUE(preconditions(verb::get, none, text).malformed()) << text;
    EXPECT_EQ(preconditions(verb::put, none, text).evaluate(R"("1")"), failed) << text;
    EXPECT_EQ(preconditions(verb::get, text, none).evaluate(R"("1")"), failed) << text;
  }
  for (const auto& one : comparisons) EXPECT_TRUE(readable(one.list)) << one.list;
}

/// The status of the answer in the method's place; 0: the method is performed.
unsigned answered(verb method, value if_match, value if_none_match, value current) {
  const auto answer = preconditions(method, if_match, if_none_match).answer_instead(current);
  return answer ? answer->status : 0;
}

// The answer in the method's place: none, 304 with the tag that is there, 412, or 400.
TEST(Preconditions, AnswerInstead) {
  EXPECT_EQ(answered(verb::get, none, none, R"("1")"), 0U);
  EXPECT_EQ(answered(verb::get, none, R"("1")", R"("1")"), 304U);
  EXPECT_EQ(answered(verb::get, none, "*", ""), 304U);
  EXPECT_EQ(answered(verb::put, none, R"("1")", R"("1")"), 412U);
  EXPECT_EQ(answered(verb::put, R"("2")", none, R"("1")"), 412U);
  EXPECT_EQ(answered(verb::put, "1", none, R"("1")"), 400U);
  const auto unchanged = preconditions(verb::get, none, R"("1")").answer_instead(R"("1")");
  ASSERT_TRUE(unchanged);
  ASSERT_EQ(unchanged->headers.size(), 1U);
  EXPECT_EQ(unchanged->headers.front().second, R"("1")");
  EXPECT_TRUE(preconditions(verb::get, none, "*").answer_instead("")->headers.empty());
}

}  // namespace
}  // namespace sundown::http
