#pragma once

#include "drain_kit/suite.hpp"

#include <ostream>
#include <string>

namespace sundown::testing::drain_kit {

/// All that was counted, for programs: docs/drain-kit.md says what is in it.
void write_json(std::ostream& to, const suite_report& all);

/// What has changed from one file of write_json() to another, a line for each scenario; false if something is worse.
/// Throws std::runtime_error for a file that isn't one.
bool write_comparison(std::ostream& to, const std::string& before, const std::string& after);

}  // namespace sundown::testing::drain_kit
