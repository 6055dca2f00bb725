#pragma once

#include <sundown/uuid7.hpp>

namespace sundown::storage {
using sundown::uuid7_generator;
}
