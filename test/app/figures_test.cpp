// /metrics of the sample, as Prometheus reads it.
#include "app/sample.hpp"

#include <sundown/testing/eventually.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace sundown::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using Figures = sample;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) out.push_back(line);
  return out;
}

// Each figure has a type and a sentence, once.
TEST_F(Figures, HaveNamesTypesAndHelp) {
  const auto answer = send_admin("GET", "/metrics");
  EXPECT_THAT(answer.field("content-type").value_or(""), HasSubstr("text/plain; version=0.0.4"));
  const auto lines = lines_of(answer.body);
  EXPECT_THAT(
      lines, IsSupersetOf({"# TYPE sundown_requests_total counter", "# TYPE sundown_request_duration_seconds histogram",
                           "# TYPE sundown_connections gauge", "# TYPE sundown_requests_in_flight gauge"}));
  std::set<std::string> helped, typed;
  for (const auto& line : lines) {
    std::istringstream words(line);
    std::string hash, kind, name;
    words >> hash >> kind >> name;
    if (kind == "HELP" || kind == "TYPE") {
      EXPECT_TRUE((kind == "HELP" ? helped : typed).insert(name).second) << line;
    }
  }
  EXPECT_EQ(helped, typed);
}

// A request is counted by its route, not by its path, and once in every bucket from its duration on.
TEST_F(Figures, CountRequestsByRoute) {
  for (int i = 0; i < 3; ++i) send("GET", "/hello?" + std::to_string(i));
  const std::string route = R"({method="GET",route="/hello")";
  const auto requests = "sundown_requests_total" + route + R"(,code="200"} 3)";
  std::vector<std::string>
      lines;  // a request is counted when its answer has been written, which its client sees before
  ASSERT_TRUE(testing::eventually(testing::ample, [&] {
    lines = lines_of(send_admin("GET", "/metrics").body);
    return std::ranges::find(lines, requests) != lines.end();
  }));
  EXPECT_THAT(lines, IsSupersetOf({"sundown_request_duration_seconds_count" + route + "} 3",
                                   "sundown_request_duration_seconds_bucket" + route + R"(,le="+Inf"} 3)"}));
  long last = 0;
  std::size_t buckets = 0;
  const auto bucket = "sundown_request_duration_seconds_bucket" + route;
  for (const auto& line : lines) {
    if (!line.starts_with(bucket)) continue;
    const auto count = std::stol(line.substr(line.rfind(' ')));
    EXPECT_GE(count, last) << line;
    last = count;
    ++buckets;
  }
  EXPECT_EQ(last, 3);
  EXPECT_EQ(buckets, 13U);
}

}  // namespace
}  // namespace sundown::app
