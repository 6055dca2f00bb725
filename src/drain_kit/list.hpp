#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace sundown::testing::drain_kit {

/// The names of all scenarios, each with its sentence.
void write_list(std::ostream& to);
/// What each of these is, whose rule it tries, and what a client sees that it is broken for. Throws usage_error for a
/// name that isn't one.
void explain(std::ostream& to, const std::vector<std::string>& names);

}  // namespace sundown::testing::drain_kit
