#pragma once

#include "drain_kit/options.hpp"
#include "drain_kit/scenarios.hpp"

namespace sundown::testing::drain_kit {

/// This project's service, started and stopped for each scenario. Writes the table.
std::vector<outcome> run_scenarios(const options& asked);

/// Any server, stopped once. Writes what became of each kind of client.
std::vector<outcome> run_target(options asked);

}  // namespace sundown::testing::drain_kit
