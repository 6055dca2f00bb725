#pragma once

#include "drain_kit/run.hpp"

#include <ostream>
#include <vector>

namespace sundown::testing::drain_kit {

/// A row for each scenario, then the rules that were broken.
void write_table(std::ostream& to, const std::vector<outcome>& all);

/// A row for each kind of client of one run, then how the server ended and what was lost.
void write_kinds(std::ostream& to, const outcome& what);

/// The same figures for programs: a JSON array with an object for each run.
void write_json(std::ostream& to, const std::vector<outcome>& all);

}  // namespace sundown::testing::drain_kit
