#pragma once

#include <chrono>

namespace sundown {

/// What all limits and deadlines are measured with: it never jumps.
using clock = std::chrono::steady_clock;
/// The unit of every limit in the configuration.
using std::chrono::milliseconds;

}  // namespace sundown
