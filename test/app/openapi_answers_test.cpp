// config/openapi.yaml held against the answers of a running service; a feature's answers are in its folder.
#include "app/described.hpp"

#include <gmock/gmock.h>

namespace sundown::app {
namespace {

using ::testing::UnorderedElementsAreArray;
using OpenApiAnswers = described_sample;

// Every answer has the fields, the type and the shape that openapi.yaml gives it, and every answer that is in there is
// given.
TEST_F(OpenApiAnswers, AreWhatIsDescribed) {
  std::vector<success> all;
  for (const std::string path : {"/", "/hello"})
    for (const std::string method : {"GET", "HEAD", "OPTIONS"}) all.push_back({method, path, path, {}, {}});
  for (const auto& one : all) exchange_all(one);
  exchange_beyond_the_rate(all);
  exchange_late(all);

  auto expected = answers_of("about");
  // What needs no store is answered 503 only at the hard end of a stop.
  std::erase_if(expected, [](const std::string& answer) { return answer.ends_with(" 503"); });
  EXPECT_THAT(seen, UnorderedElementsAreArray(expected));
}

}  // namespace
}  // namespace sundown::app
