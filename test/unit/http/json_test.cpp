// Structs out of JSON and into it; what is wrong is named.
#include <sundown/http/json.hpp>

#include "unit/http/counted_allocations.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <gmock/gmock.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sundown::http {

enum class shipping { standard, express };
BOOST_DESCRIBE_ENUM(shipping, standard, express)

struct order_line {
  std::string item;
  std::uint16_t quantity = 0;
  double price = 0;
};
BOOST_DESCRIBE_STRUCT(order_line, (), (item, quantity, price))

struct stamp {
  std::int64_t at = 0;
};
BOOST_DESCRIBE_STRUCT(stamp, (), (at))

struct order {
  std::int64_t at = 0;
  std::vector<order_line> lines;
  shipping how = shipping::standard;
  bool gift = false;
  std::optional<std::string> memo;
  std::map<std::string, std::string> labels;
  boost::json::value more;
};
BOOST_DESCRIBE_STRUCT(order, (), (at, lines, how, gift, memo, labels, more))

namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::string_view whole = R"({"at": -5, "lines": [{"item": "tea", "quantity": 2, "price": 3.5},
  {"item": "pot", "quantity": 1, "price": 20}], "how": "express", "gift": true, "memo": "soon",
  "labels": {"b": "2", "a": "1"}, "more": [1, null]})";

/// The same with one part of its text replaced.
std::string with(std::string_view part, std::string_view instead) {
  std::string text(whole);
  return text.replace(text.find(part), part.size(), instead);
}

/// What the client is told of it.
std::pair<errc, std::string> fault_of(std::string_view text) {
  const auto read = parse_json<order>(text);
  if (read) return {{}, "(no fault)"};
  EXPECT_EQ(read.error().detail, "") << "nothing of it is for the log";
  return {read.error().code, read.error().shown};
}

// Every member arrives, whatever its type.
TEST(Json, ReadsAStruct) {
  const auto read = parse_json<order>(whole);
  ASSERT_TRUE(read) << read.error().shown;
  EXPECT_EQ(read->at, -5);
  ASSERT_EQ(read->lines.size(), 2U);
  EXPECT_EQ(read->lines[0].item, "tea");
  EXPECT_EQ(read->lines[1].quantity, 1);
  EXPECT_EQ(read->lines[1].price, 20);
  EXPECT_EQ(read->how, shipping::express);
  EXPECT_TRUE(read->gift);
  EXPECT_EQ(read->memo, "soon");
  EXPECT_EQ(read->labels.at("a"), "1");
  EXPECT_EQ(read->more.as_array().size(), 2U);
}

// An optional member may be absent or null; another must be there. Members that nobody knows are passed over.
TEST(Json, AbsentNullAndUnknown) {
  for (const auto* memo : {R"("memo": null,)", "", R"("id": 7, "version": {"deep": []},)"}) {
    const auto read = parse_json<order>(with(R"("memo": "soon",)", memo));
    ASSERT_TRUE(read) << read.error().shown;
    EXPECT_EQ(read->memo, std::nullopt);
  }
  EXPECT_EQ(fault_of(with(R"("gift": true,)", "")), std::pair(errc::invalid, std::string("'gift' is missing.")));
  EXPECT_EQ(fault_of(with("true", "null")).second, "'gift' must be true or false.");
}

// What has another shape than its member is 422, by its name and where it stands.
TEST(Json, NamesTheMember) {
  const std::pair<std::string, const char*> faults[] = {
      {with("-5", R"("5")"), "'at' must be a whole number from -9223372036854775808 to 9223372036854775807."},
      {with("true", "1"), "'gift' must be true or false."},
      {with(R"("soon")", "5"), "'memo' must be a string."},
      {with(R"("express")", R"("pigeon")"), "'how' must be one of 'standard', 'express'."},
      {with(R"("express")", R"("express\u0000")"), "'how' must be one of 'standard', 'express'."},
      {with(R"("express")", "1"), "'how' must be one of 'standard', 'express'."},
      {with(R"("quantity": 1)", R"("quantity": 65536)"), "'lines[1].quantity' must be a whole number from 0 to 65535."},
      {with(R"("quantity": 1)", R"("quantity": -1)"), "'lines[1].quantity' must be a whole number from 0 to 65535."},
      {with(R"("quantity": 1)", R"("quantity": 1.5)"), "'lines[1].quantity' must be a whole number from 0 to 65535."},
      {with(R"("price": 20)", R"("price": "20")"), "'lines[1].price' must be a number."},
      {with(R"("item": "pot", )", ""), "'lines[1].item' is missing."},
      {with(R"({"b": "2", "a": "1"})", R"({"a": 1})"), "'labels.a' must be a string."},
      {with(R"({"b": "2", "a": "1"})", "[]"), "'labels' must be an object."},
      {R"({"at": 1, "lines": {}})", "'lines' must be an array."},
      {R"({"at": 1, "lines": [1]})", "'lines[0]' must be an object."},
      {"[]", "The JSON must be an object."},
      {"null", "The JSON must be an object."},
  };
  for (const auto& [text, fault] : faults) {
    EXPECT_EQ(fault_of(text), std::pair(errc::invalid, std::string(fault))) << text;
  }
}

// What is no JSON is 400.
TEST(Json, MalformedText) {
  for (const std::string_view text : {"", "{", "{\"a\"}", "no", "{} {}", "{\"a\": 01}", "\"\xff\"", "[1,]"}) {
    const auto [code, shown] = fault_of(text);
    EXPECT_EQ(code, errc::malformed) << text;
    EXPECT_THAT(shown, HasSubstr("not JSON")) << text;
  }
  EXPECT_EQ(fault_of(std::string(1000, '[')).first, errc::malformed) << "no text makes the reader recurse without end";
}

// A number in another notation is still that number, if nothing is lost.
TEST(Json, NumbersFitWithoutLoss) {
  EXPECT_EQ(parse_json<std::vector<int>>("[1.0, 2e1, -0]").value(), (std::vector{1, 20, 0}));
  EXPECT_FALSE(parse_json<std::vector<int>>("[2147483648]"));
  EXPECT_EQ(parse_json<std::vector<double>>("[1, 2.5]").value(), (std::vector{1, 2.5}));
  EXPECT_EQ(parse_json<std::vector<std::uint64_t>>("[18446744073709551615]").value().front(), UINT64_MAX);
  EXPECT_EQ(parse_json<std::vector<double>>("[0e999, 1e-999]").value(), (std::vector<double>{0, 0}));
  EXPECT_EQ(parse_json<std::vector<double>>("[1.96e83, 0.1, 123456789.123456789]").value(),
            (std::vector{1.96e83, 0.1, 123456789.123456789}));
  for (const auto* too_large : {"[1e999]", "[-1e999]"}) {
    const auto read = parse_json<std::vector<double>>(too_large);
    ASSERT_FALSE(read) << "no handler gets what is no number";
    EXPECT_EQ(read.error().shown, "'[0]' must be a number.");
  }
  EXPECT_FALSE(parse_json<std::vector<float>>("[1e39]"));
}

// Of a member that comes twice the last one counts, be it right or wrong.
TEST(Json, TakesTheLastOfTheSameName) {
  EXPECT_EQ(parse_json<stamp>(R"({"at": "no", "at": 1, "\u0061t": 2})")->at, 2);
  EXPECT_EQ(parse_json<stamp>(R"({"at": 1, "at": "no"})").error().code, errc::invalid);
  using labels = std::map<std::string, std::string>;
  EXPECT_EQ(parse_json<labels>(R"({"a": 1, "b": "", "a": "x"})").value(), (labels{{"a", "x"}, {"b", ""}}));
}

// A text arrives however it is written, and ends where it ends.
TEST(Json, EscapesInTextsAndNames) {
  const std::pair<std::string_view, std::string_view> texts[] = {
      {R"("")", ""},           {R"("\\")", "\\"},
      {R"("\\\"")", "\\\""},   {R"("\"a\u00e9\ud83c\udf05\/\n")", "\"a\u00e9\U0001F305/\n"},
      {R"("]},[{")", "]},[{"},
  };
  for (const auto& [written, text] : texts) {
    const auto all = " [ {\"memo\" :" + std::string(written) + " } , " + std::string(written) + " ] ";
    const auto tree = parse_json<boost::json::value>(all);
    ASSERT_TRUE(tree) << all << tree.error().shown;
    const auto texts_read = parse_json<std::vector<std::string>>('[' + std::string(written) + "\t, \"x\"]");
    ASSERT_TRUE(texts_read) << texts_read.error().shown;
    EXPECT_EQ(texts_read->front(), text);
    const auto skipped = parse_json<stamp>("{\"x\":" + all + ", " + std::string(written) + " : 1, \"at\":7}");
    ASSERT_TRUE(skipped) << skipped.error().shown;
    EXPECT_EQ(skipped->at, 7);
    const auto named = parse_json<std::map<std::string, int>>('{' + std::string(written) + ":1}");
    EXPECT_EQ(named->begin()->first, text);
  }
}

// Whatever a body is made of, memory is taken for what the struct keeps of it alone.
TEST(Json, TakesMemoryForWhatItKeeps) {
  const auto repeated = [](std::string text, std::string_view each, std::string_view tail) {
    while (text.size() < 1 << 20) text += each;
    return text += tail;
  };
  const std::string hostile[] = {
      repeated(R"({"x": [)", "1,", R"(1], "at": 1})"),
      repeated(R"({"x": [)", "[1, 1, 1],", R"([]], "at": 1})"),
      repeated(R"({"x": [)", "{},", R"({}], "at": 1})"),
      repeated(R"({"x": [)", std::string(20, '[') + std::string(20, ']') + ',', R"(1], "at": 1})"),
      repeated(R"({)", R"("": 0,)", R"("at": 1})"),
      repeated(R"({)", R"("at": "",)", R"("at": 1})"),
      repeated(R"({"x": ")", "text", R"(", "at": 1})"),
      repeated(R"({"at": [)", "1,", "1]}"),
      repeated(R"({"at": {)", R"("at": 1,)", R"("at": 1}})"),
      repeated(R"({"at": ")", "text", R"("})"),
      repeated("[", "[],", "[]]"),
  };
  for (const auto& text : hostile) {
    const test::counted_allocations taken;
    (void)parse_json<stamp>(text);
    EXPECT_LT(taken.bytes(), 1024U) << text.substr(0, 30);
  }
  const auto kept = repeated("[\"", "text", "\"]");
  const test::counted_allocations taken;
  ASSERT_TRUE(parse_json<std::vector<std::string>>(kept));
  EXPECT_LT(taken.bytes(), kept.size() + 1024);
}

// What is written can be read again.
TEST(Json, RoundTrip) {
  auto read = parse_json<order>(whole);
  ASSERT_TRUE(read);
  const auto answer = json(*read);
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.content_type.view(), "application/json");
  EXPECT_THAT(answer.body, AllOf(HasSubstr(R"("item":"tea")"), HasSubstr(R"("how":"express")")));
  const auto again = parse_json<order>(answer.body);
  ASSERT_TRUE(again) << again.error().shown;
  EXPECT_EQ(json(*again).body, answer.body);
}

// Values of Boost.JSON and containers are written as they are; a status comes first.
TEST(Json, Builders) {
  const boost::json::object object{{"a", 1}};
  EXPECT_EQ(json(object).body, R"({"a":1})");
  EXPECT_EQ(json(202, boost::json::value{1, 2}).status, 202U);
  EXPECT_EQ(json(std::vector<stamp>(2)).body, R"([{"at":0},{"at":0}])");
  const auto made = created("/orders/7", stamp{});
  EXPECT_EQ(made.status, 201U);
  EXPECT_EQ(made.body, R"({"at":0})");
  EXPECT_THAT(made.headers, testing::ElementsAre(testing::Pair("Location", "/orders/7")));
}

}  // namespace
}  // namespace sundown::http
