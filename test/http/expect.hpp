#pragma once

#include "support/testing.hpp"

#include <gtest/gtest.h>

namespace sundown::test {

// `Client`: in the clear, or by TLS, where close_notify belongs to the FIN.

template <class Client>
void expect_nothing_but_fin(Client& client) {
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_EQ(client.received(), "");
}

/// A whole 200 that says it is the last, then FIN.
template <class Client>
void expect_last(Client& client) {
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 200) << answer.describe();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_TRUE(answer.says_close()) << answer.describe();
  expect_nothing_but_fin(client);
}

}  // namespace sundown::test
