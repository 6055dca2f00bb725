#pragma once

#include "drain_kit/suite.hpp"

#include <ostream>

namespace sundown::testing::drain_kit {

/// The report as one page that needs no other file: the table, what each scenario is and found, the timelines.
void write_html(std::ostream& to, const suite_report& all);

}  // namespace sundown::testing::drain_kit
