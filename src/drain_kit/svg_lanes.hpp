#pragma once

#include "drain_kit/time_scale.hpp"

namespace sundown::testing::drain_kit {

/// Draws the bars of a run's clients with their top at `y`, a block for each kind; returns where they end.
double draw_lanes(drawing& on, const outcome& what, const time_scale& scale, double y);

}  // namespace sundown::testing::drain_kit
