// The notes' figures in /metrics of the sample.
#include "app/sample.hpp"

#include <sundown/testing/eventually.hpp>

#include <gmock/gmock.h>

namespace sundown::app {
namespace {

using ::testing::HasSubstr;
using FiguresOfNotes = sample;

// They are beside the library's, each with its type and a sentence.
TEST_F(FiguresOfNotes, HaveNamesTypesAndHelp) {
  const auto text = send_admin("GET", "/metrics").body;
  for (const auto* line :
       {"# TYPE sundown_note_events_waiting gauge",
        "# HELP sundown_note_events_waiting Note events that wait for Redis.", "sundown_note_events_waiting 0",
        "# TYPE sundown_note_events_lost_total counter", "sundown_note_events_lost_total 0"})
    EXPECT_THAT(text, HasSubstr('\n' + std::string(line) + '\n'));
}

// A request is counted by its route, not by its path. It is counted when its answer has been written, which its client
// sees before.
TEST_F(FiguresOfNotes, CountRequestsByRoute) {
  for (const std::string last : {"b", "c", "d"}) send("GET", "/v1/notes/01a20348-bd5e-70f2-b608-acfd34f9afd" + last);
  EXPECT_TRUE(testing::eventually(testing::ample, [&] {
    const auto text = send_admin("GET", "/metrics").body;
    return text.find(R"(sundown_requests_total{method="GET",route="/v1/notes/{id}",code="404"} 3)") != text.npos;
  }));
}

}  // namespace
}  // namespace sundown::app
