#pragma once

#include "drain_kit/conversation.hpp"

#include <string>

namespace sundown::testing::drain_kit {

/// What came of one request before any stop.
struct attempt {
  int status = 0;    ///< of a whole answer; 0: there was none
  std::string seen;  ///< for the user: "status 500", "nothing comes within 1 s", ...
};

/// Connects, and asks.
attempt tried(conversation& client, const endpoint& where, const request& what, milliseconds limit);
/// Asks on a connection that has just begun.
attempt tried(conversation& client, const request& what, milliseconds limit);

}  // namespace sundown::testing::drain_kit
