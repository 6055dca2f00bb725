#pragma once

#include "app/notes/note_store.hpp"

#include <cstdint>

namespace sundown::test {

/// Allows this version alone.
inline storage::version_check exactly(std::uint64_t version) {
  return [version](std::uint64_t stored) { return stored == version; };
}

}  // namespace sundown::test
