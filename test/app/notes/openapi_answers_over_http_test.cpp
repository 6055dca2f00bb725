// The notes' part of config/openapi.yaml held against the answers of a running service.
#include "app/described.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace sundown::app {
namespace {

using ::testing::UnorderedElementsAreArray;
using OpenApiAnswersOfNotes = described_sample;

constexpr auto as_json = "Content-Type: application/json\r\n";
constexpr auto tea = R"({"title":"tea","body":"buy more"})";
constexpr auto none = "01a20348-bd5e-70f2-b608-acfd34f9afdb";  // a note that never was

// Every answer has the fields, the type and the shape that openapi.yaml gives it, and every answer that is in there is
// given.
TEST_F(OpenApiAnswersOfNotes, AreWhatIsDescribed) {
  const auto made = exchange("POST", "/v1/notes", "/v1/notes", as_json, tea);
  const auto location = made.field("location").value();
  const std::string list = "/v1/notes", note = "/v1/notes/{id}", missing = "/v1/notes/" + std::string(none);

  std::vector<success> all;
  for (const std::string method : {"GET", "HEAD", "OPTIONS"}) {
    all.push_back({method, list, list, {}, {}});
    all.push_back({method, note, location, {}, {}});
  }
  all.push_back({"POST", list, list, as_json, tea});
  all.push_back({"PUT", note, location, as_json, tea});
  all.push_back({"DELETE", note, location, {}, {}});
  for (const auto& one : all) exchange_all(one);

  for (const std::string method : {"GET", "HEAD"}) {
    EXPECT_EQ(exchange(method, list, list, "If-None-Match: *\r\n").status, 304);
    EXPECT_EQ(exchange(method, list, list, "If-Match: \"1\"\r\n").status, 412);
    EXPECT_EQ(exchange(method, list, list + "?limit=x").status, 400);
    EXPECT_EQ(exchange(method, list, list + "?after=x").status, 400);
    EXPECT_EQ(exchange(method, note, location, "If-None-Match: *\r\n").status, 304);
    EXPECT_EQ(exchange(method, note, location, "If-Match: \"9\"\r\n").status, 412);
    EXPECT_EQ(exchange(method, note, missing).status, 404);
  }
  EXPECT_EQ(exchange("POST", list, list, std::string(as_json) + "If-None-Match: *\r\n", tea).status, 412);
  const auto if_nine = std::string(as_json) + "If-Match: \"9\"\r\n";
  EXPECT_EQ(exchange("PUT", note, location, if_nine, tea).status, 412);
  EXPECT_EQ(exchange("PUT", note, missing, as_json, tea).status, 404);
  EXPECT_EQ(exchange("DELETE", note, location, "If-Match: \"9\"\r\n").status, 412);
  EXPECT_EQ(exchange("DELETE", note, missing).status, 404);
  EXPECT_EQ(exchange("DELETE", note, location).status, 204);

  std::filesystem::resize_file(file("storage.sqlite.path") + "-shm", 0);  // neither reads nor writes any more
  for (const auto& one : all) {
    if (one.method != "OPTIONS") {
      EXPECT_EQ(exchange(one).status, 503);
    }
  }
  exchange_beyond_the_rate(all);
  exchange_late(all);

  auto expected = answers_of("notes");
  // What asks no store is answered 503 only at the hard end of a stop.
  std::erase_if(expected,
                [](const std::string& answer) { return answer.starts_with("options ") && answer.ends_with(" 503"); });
  EXPECT_THAT(seen, UnorderedElementsAreArray(expected));
}

}  // namespace
}  // namespace sundown::app
