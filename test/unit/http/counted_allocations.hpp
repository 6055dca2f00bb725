#pragma once

#include <cstddef>

namespace sundown::test {

/// Counts what this thread takes from operator new, from here on: a cost that no load of the machine changes.
class counted_allocations {
 public:
  counted_allocations();

  /// All of them, also what was given back since.
  std::size_t bytes() const;

 private:
  std::size_t before_;
};

}  // namespace sundown::test
