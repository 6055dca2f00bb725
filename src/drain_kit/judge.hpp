#pragma once

#include "drain_kit/profile.hpp"
#include "drain_kit/run.hpp"

namespace sundown::testing::drain_kit {

/// By what an outcome is judged.
struct rules {
  milliseconds grace;   ///< until who waits for the process kills it
  milliseconds margin;  ///< granted on every bound in time, and what threads waited for a processor
  promise own = {};     ///< what this server promises of this scenario
  bool strict = false;  ///< who announces its stop before it ends connections need refuse no stream
  bool at_once = true;  ///< the moment of the signal is known: who asks behind it must be told that its connection ends
  bool killed_as_late = false;  ///< where it was killed: by who stops it, since its grace was over
  bool reports = false;         ///< it tells its stop in a report
};

/// Writes into the outcome by what it is judged, and what was found.
void judge(outcome& what, const rules& by);

}  // namespace sundown::testing::drain_kit
