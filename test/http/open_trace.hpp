#pragma once

#include "http/fixture.hpp"

#include <string>

namespace sundown::test {

/// As a report that can't ask the workers names it: the trace of the one request that is under way.
inline std::string open_trace(serving& app) {
  const auto open = app.server().activity().longest;
  return open.size() == 1 ? open.front().trace : std::to_string(open.size()) + " requests";
}

}  // namespace sundown::test
