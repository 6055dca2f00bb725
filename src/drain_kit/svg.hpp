#pragma once

#include "drain_kit/run.hpp"

#include <ostream>
#include <vector>

namespace sundown::testing::drain_kit {

/// Writes a picture of the runs, one below the other: time from left to right, connections as bars, the signal and the
/// end of the process as lines, the steps of the stop as shaded bands. `strict`: a rule that is broken is a failure.
void write_svg(std::ostream& to, const std::vector<outcome>& all, bool strict);
/// The parts of it, for a page that has its own words between them.
void write_svg_legend(std::ostream& to);
void write_svg_panel(std::ostream& to, const outcome& what, bool strict);

}  // namespace sundown::testing::drain_kit
