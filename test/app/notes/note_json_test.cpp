#include "app/notes/note_json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sundown::storage {
namespace {

// A note survives the way into text and back, whatever it contains.
TEST(NoteJson, RoundTrip) {
  const note what{"id",
                  "q\"uote\\ ☀",
                  std::string("nul\0\n", 5),
                  std::numeric_limits<std::int64_t>::min(),
                  1,
                  std::numeric_limits<std::uint64_t>::max()};
  EXPECT_EQ(from_text(to_text(what)), what);
}

// What is no note is nothing, not a guess.
TEST(NoteJson, RefusesAnythingElse) {
  for (const char* text : {"", "x", "{}", "[]", "[1,2,3,4,5,6]", R"(["a","b","c",1,2])", R"(["a","b","c",1,2,-3])",
                           R"(["a","b","c","1",2,3])", R"(["a","b","c",1,2,3,4])", R"(["a","b","c",1.5,2,3])"}) {
    EXPECT_FALSE(from_text(text)) << text;
  }
}

}  // namespace
}  // namespace sundown::storage
