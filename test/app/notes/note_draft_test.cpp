#include "app/notes/note_format.hpp"

#include <gmock/gmock.h>

#include <string>

namespace sundown::test {
namespace {

using app::parse_draft;

std::string refusal(std::string_view json) {
  const auto draft = parse_draft(json);
  if (draft) return {};
  return (draft.error().code == errc::malformed ? "400 " : "422 ") + draft.error().shown;
}

// Both texts are read, however they are written, and other members are ignored, whatever they hold.
TEST(NoteDraft, KeepsItsTexts) {
  const auto draft = parse_draft(
      R"( {"id":1,"x":{"title":"no","body":[{"title":3}]},"t\u0069tle":"a\u00e9\n","y":[1,-2,3.5,true,null,"z"],"body":"b"} )");
  ASSERT_TRUE(draft) << draft.error().shown;
  EXPECT_EQ(draft->title, "a\u00e9\n");
  EXPECT_EQ(draft->body, "b");
  EXPECT_EQ(parse_draft(R"({"body":"only"})")->title, "");
  EXPECT_EQ(parse_draft(R"({"body":"only","title":null})")->title, "");
}

// Of a member that comes twice the last one counts.
TEST(NoteDraft, TakesTheLastOfTheSameName) {
  EXPECT_EQ(parse_draft(R"({"title":1,"title":"a","title":"b"})")->title, "b");
  EXPECT_EQ(refusal(R"({"title":"a","title":1})"), "422 'title' must be a string.");
}

// What is refused, and how.
TEST(NoteDraft, RefusesOtherShapes) {
  for (const auto* value : {"1", "18446744073709551615", "1e3", "true", "[]", R"(["a"])", "{}", R"({"a":"b"})"}) {
    EXPECT_EQ(refusal(std::string(R"({"body":"b","title":)") + value + '}'), "422 'title' must be a string.") << value;
    EXPECT_EQ(refusal(std::string(R"({"title":"t","body":)") + value + '}'), "422 'body' must be a string.") << value;
  }
  for (const auto* json : {"[]", R"([{"title":"a"}])", "1", R"("title")", "null"})
    EXPECT_EQ(refusal(json), "422 The JSON must be an object.") << json;
  for (const auto* json :
       {"{}", R"({"title":""})", R"({"title":null,"body":null})", R"({"titles":"a"})", R"({"x":{"title":"a"}})"})
    EXPECT_EQ(refusal(json), "422 One of 'title' and 'body' must have text.") << json;
  for (const auto* json : {"", " ", "{", R"({"title":"a")", R"({"title":"a"} x)", R"({"title":"a"}{})", "\xff",
                           R"({"title":"a",})", "{\"title\":\"\xff\"}", R"({'title':'a'})"})
    EXPECT_THAT(refusal(json), testing::StartsWith("400 What was sent is not JSON: ")) << json;
}

}  // namespace
}  // namespace sundown::test
