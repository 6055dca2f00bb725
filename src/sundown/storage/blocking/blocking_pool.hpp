#pragma once

#include <sundown/blocking.hpp>

#include "storage/blocking/call_gate.hpp"

namespace sundown::storage {
using sundown::blocking_pool;
}
