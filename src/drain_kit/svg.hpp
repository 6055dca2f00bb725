#pragma once

#include "drain_kit/run.hpp"

#include <ostream>
#include <vector>

namespace sundown::testing::drain_kit {

/// Writes a picture of the runs, one below the other: time from left to right, connections as bars, the signal and the
/// end of the process as lines, the steps of the stop as shaded bands. `strict`: a rule that is broken is a failure.
void write_svg(std::ostream& to, const std::vector<outcome>& all, bool strict);

}  // namespace sundown::testing::drain_kit
