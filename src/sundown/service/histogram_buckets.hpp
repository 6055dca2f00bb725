#pragma once

#include "trace/exemplar_slot.hpp"

#include <sundown/histogram.hpp>

#include <atomic>
#include <cstdint>
#include <vector>

namespace sundown {

struct histogram::buckets {
  explicit buckets(std::vector<double> upper)
      : bounds(std::move(upper)), counts(bounds.size() + 1), exemplars(bounds.size() + 1) {}

  const std::vector<double> bounds;
  std::vector<std::atomic<std::uint64_t>> counts;  ///< as bounds, then all above
  std::vector<trace::detail::exemplar_slot> exemplars;
  std::atomic<double> sum{0};
};

}  // namespace sundown
