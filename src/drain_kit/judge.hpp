#pragma once

#include "drain_kit/scenarios.hpp"

namespace sundown::testing::drain_kit {

/// Writes into the outcome by what it is judged, and what of that is broken. `margin` is granted on every bound in
/// time, and what the server and its clients waited for a processor: that is the machine's fault.
void judge(outcome& what, const scenario& expected, milliseconds margin);

/// For any server: nothing lost, and it ends at all.
void judge(outcome& what, milliseconds limit);

}  // namespace sundown::testing::drain_kit
