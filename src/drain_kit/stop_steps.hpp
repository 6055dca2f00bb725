#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sundown::testing::drain_kit {

/// One step of a service's stop, as its report tells it.
struct step {
  std::string name;
  double seconds;
};

/// The steps in a shutdown report, in order; none if there is no report. They follow one another from the signal on.
std::vector<step> steps_of(std::string_view report);

/// The part of the report that names what was cut.
std::string_view cut_of(std::string_view report);

}  // namespace sundown::testing::drain_kit
