#pragma once

#include "drain_kit/suite.hpp"

#include <ostream>

namespace sundown::testing::drain_kit {

/// The report as CI servers read it: a test case for each scenario, skipped where it was left out.
void write_junit(std::ostream& to, const suite_report& all);

}  // namespace sundown::testing::drain_kit
