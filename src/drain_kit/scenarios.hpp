#pragma once

#include "drain_kit/run.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace sundown::testing::drain_kit {

/// One row of the table: what happens, and what must come of it. Beyond what is said here nothing may be lost, and
/// every connection must be closed in order.
struct scenario {
  run_plan plan;
  std::map<std::string, std::string> settings;  ///< of the service, over its defaults
  std::set<int> codes{0};
  milliseconds within{0};  ///< from the first signal to the exit
  std::string names;       ///< a text that the report must have under what was cut; empty: nothing may be cut
};

/// The scenarios for the service of this project, in the order in which they are told.
std::vector<scenario> scenarios(bool http2);

/// What any server whatever can be asked to stop under: clients of each kind at once. `slow_path` may be empty.
run_plan generic_plan(bool http2, const std::string& path, const std::string& slow_path, int signal,
                      milliseconds limit);

}  // namespace sundown::testing::drain_kit
