#pragma once

#include "drain_kit/suite.hpp"

#include <ostream>

namespace sundown::testing::drain_kit {

/// A row for each scenario, the sum over its runs; then what was found, and what was left out.
void write_table(std::ostream& to, const suite_report& all);

/// A row for each kind of client of the one stop; then how the server ended, and what was found.
void write_kinds(std::ostream& to, const suite_report& all);

}  // namespace sundown::testing::drain_kit
