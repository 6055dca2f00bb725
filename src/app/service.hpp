#pragma once

#include "app/settings.hpp"

#include <sundown/program.hpp>
#include <sundown/service.hpp>

namespace sundown::app {

program identity();

/// The notes service: its parts in the order of their dependencies, its figures, its routes.
void build(service& app, const settings& own);

}  // namespace sundown::app
