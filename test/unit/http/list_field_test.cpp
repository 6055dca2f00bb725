// List fields: their elements, over all lines of the field.
#include "http/exchange.hpp"

#include <sundown/http/conditional.hpp>
#include <sundown/http/request.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sundown::http {
namespace {

/// A request with these fields, whose views stay valid as long as this lives.
class asked {
 public:
  explicit asked(std::string_view fields) : bytes_("GET / HTTP/1.1\r\nHost: a\r\n") {
    bytes_.append(fields).append("\r\n");
    exchange_.begin(4096);
    exchange_.parser->base(bytes_.data());
    exchange_.parser->put(bytes_);
    EXPECT_TRUE(exchange_.parser->is_done());
  }
  const detail::request_parser& parser() const { return *exchange_.parser; }
  request view() const { return request(exchange_); }

 private:
  std::string bytes_;
  detail::exchange exchange_;
};

using texts = std::vector<std::string_view>;

struct list {
  const char* fields;
  texts elements;
};

// RFC 9110 §5.3, §5.6.1: the lines of a field are one list, without empty elements and without the white space around
// the others; a comma inside a quoted string separates nothing.
TEST(ListField, Elements) {
  const list lists[] = {
      {"Other: a\r\n", {}},
      {"X:\r\n", {}},
      {"X: ,\t, ,\r\n", {}},
      {"X: a\r\n", {"a"}},
      {"X: a,b\r\n", {"a", "b"}},
      {"X: , a ,\t, b c\t,\r\n", {"a", "b c"}},
      {"X: a\r\nOther: b\r\nX:\r\nx: c,d\r\n", {"a", "c", "d"}},
      {"X: \"a,b\" , c\r\n", {"\"a,b\"", "c"}},
      {"X: W/\"a\\\",b\",c\r\n", {"W/\"a\\\",b\"", "c"}},
      {"X: \"a\\\\\",b\r\n", {"\"a\\\\\"", "b"}},
      {"X: a\\,b\r\n", {"a\\", "b"}},
      {"X: \"\", p=\"q, r\"; s\r\n", {"\"\"", "p=\"q, r\"; s"}},
      {"X: a, \"b, c\r\nX: d\r\n", {"a", "\"b, c", "d"}},
      {"X: \"a\\\r\nX: b\r\n", {"\"a\\", "b"}},
  };
  for (const auto& one : lists) {
    const asked with(one.fields);
    EXPECT_EQ(with.view().elements("X"), one.elements) << one.fields;
    EXPECT_EQ(with.view().elements("x"), one.elements) << one.fields;
  }
}

// A field that Beast knows is found by its number as by its name.
TEST(ListField, ByNumber) {
  const asked with("If-Match: \"1\"\r\nAccept: a\r\nif-match: \"2,3\", *\r\n");
  const texts tags{"\"1\"", "\"2,3\"", "*"};
  EXPECT_EQ(with.view().elements(field::if_match), tags);
  EXPECT_EQ(with.view().elements("IF-MATCH"), tags);
  EXPECT_EQ(with.view().elements(field::if_none_match), texts{});
}

// A field that is there with nothing in it is not absent.
TEST(ListField, EmptyIsThere) {
  const asked with("If-Match:\r\nX-Empty: \r\n");
  EXPECT_TRUE(with.view().has_field(field::if_match));
  EXPECT_TRUE(with.view().has_field("x-empty"));
  EXPECT_FALSE(with.view().has_field(field::if_none_match));
  EXPECT_FALSE(with.view().has_field("X-Emptyy"));
}

// The lines of a field are there as they were sent, for a grammar of their own.
TEST(ListField, Lines) {
  const asked with("If-Match:  \"a\\\", b \r\nAccept: a\r\nif-match:\r\nIF-MATCH: \"c\"\r\n");
  EXPECT_EQ(with.view().lines(field::if_match), (texts{"\"a\\\", b", "", "\"c\""}));
  EXPECT_EQ(with.view().lines(field::if_none_match), texts{});
}

// Entity tags over all lines of their field: a backslash in one escapes nothing, and a comma in one separates nothing
// (RFC 9110 §8.8.3).
TEST(ListField, EntityTags) {
  using enum preconditions::verdict;
  struct row {
    const char* fields;
    std::string_view tag;
    preconditions::verdict verdict;
    bool malformed = false;
  };
  const row rows[] = {
      {R"(If-None-Match: "a\", "x,y", "1")", R"("1")", not_modified},
      {R"(If-None-Match: "a\", "x,y", "1")", R"("x,y")", not_modified},
      {R"(If-None-Match: "a\", "x,y", "1")", R"("a\")", not_modified},
      {R"(If-None-Match: "a\", "x,y", "1")", R"("x)", proceed},
      {R"(If-None-Match: "a\", "x,,y")", R"("x,,y")", not_modified},
      {R"(If-None-Match: "a\", "x,,y")", R"("x,y")", proceed},
      {R"(If-None-Match: "\",W/"\", "1")", R"("\")", not_modified},
      {"If-None-Match: \"a\\\"\r\nIf-None-Match: \"1\"", R"("1")", not_modified},
      {"If-None-Match:\r\nIf-None-Match: , \"1\",", R"("1")", not_modified},
      {"If-None-Match:\r\nIf-None-Match:", R"("1")", proceed},
      {R"(If-Match: "a\", "x,y", "1")", R"("1")", proceed},
      {R"(If-Match: "a\", "x,y", "1")", R"("2")", failed},
      {"If-None-Match: \"a\r\nIf-None-Match: b\"", R"("a, b")", failed, true},
      {R"(If-None-Match: "a\" "1")", R"("1")", failed, true},
      {"If-None-Match: \"1\"\r\nIf-None-Match: *", R"("1")", failed, true},
  };
  for (const auto& one : rows) {
    const asked with(std::string(one.fields) + "\r\n");
    const preconditions given(with.view());
    EXPECT_EQ(given.malformed(), one.malformed) << one.fields;
    EXPECT_EQ(given.evaluate(one.tag), one.verdict) << one.fields << ' ' << one.tag;
  }
}

// A token is found in any case, on any line, as a whole element only.
TEST(ListField, Tokens) {
  const asked with("Connection: keep-alive, Upgrade2\r\nConnection: x , UPGRADE\r\n");
  const auto& parser = with.parser();
  EXPECT_TRUE(parser.has_token(field::connection, "upgrade"));
  EXPECT_TRUE(parser.has_token(field::connection, "Keep-Alive"));
  EXPECT_FALSE(parser.has_token(field::connection, "keep"));
  EXPECT_FALSE(parser.has_token(field::connection, "close"));
  EXPECT_FALSE(parser.has_token(field::upgrade, "upgrade"));
}

}  // namespace
}  // namespace sundown::http
