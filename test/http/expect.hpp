#pragma once

#include "support/testing.hpp"

#include <gtest/gtest.h>

namespace sundown::test {

inline void expect_nothing_but_fin(raw_client& client) {
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_EQ(client.received(), "");
}

/// A whole 200 that says it is the last, then FIN.
inline void expect_last(raw_client& client) {
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 200) << answer.describe();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_TRUE(answer.says_close()) << answer.describe();
  expect_nothing_but_fin(client);
}

}  // namespace sundown::test
