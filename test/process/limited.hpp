#pragma once

#include "process/scenario.hpp"

namespace sundown::test {

/// Three requests a minute from an address.
inline settings limited(settings more = {}) {
  more.emplace("SUNDOWN_HTTP__RATE_LIMIT__REQUESTS", "3");
  more.emplace("SUNDOWN_HTTP__RATE_LIMIT__WINDOW", "1m");
  return more;
}

/// How many of so many requests were not refused; those that were are as they must be.
inline int admitted(const service& app, int requests) {
  int count = 0;
  for (int i = 0; i < requests; ++i) {
    const auto answer = ask(app.http(), get("/hello"));
    count += answer.status == 200 ? 1 : 0;
    if (answer.status == 200) continue;
    EXPECT_EQ(answer.status, 429) << answer.describe();
    EXPECT_EQ(answer.field("content-type"), "application/problem+json");
    const auto wait = std::stoi(answer.field("retry-after").value_or("0"));
    EXPECT_TRUE(1 <= wait && wait <= 60) << wait;
  }
  return count;
}

}  // namespace sundown::test
