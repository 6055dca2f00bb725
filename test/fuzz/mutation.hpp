#pragma once

#include "support/random.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace sundown::fuzz {

/// One of the samples, changed in one to eight places: bits, bytes and numbers that are at a limit, pieces removed,
/// repeated, moved, or taken out of another sample. At most `longest` bytes.
std::string mutation(std::span<const std::string> samples, test::random_source& random, std::size_t longest);

}  // namespace sundown::fuzz
