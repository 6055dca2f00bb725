#include <sundown/histogram.hpp>

#include "service/histogram_buckets.hpp"

#include <sundown/time.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <utility>

namespace sundown {

histogram::histogram(std::vector<double> bounds) {
  const bool ascending = std::ranges::adjacent_find(bounds, std::greater_equal()) == bounds.end();
  if (!ascending || !std::ranges::all_of(bounds, [](double bound) { return std::isfinite(bound); }))
    throw std::invalid_argument("the bounds of a histogram ascend, and are finite");
  buckets_ = std::make_unique<buckets>(std::move(bounds));
}

histogram::~histogram() = default;

void histogram::observe(double value, const trace::context& where) noexcept {
  const auto& bounds = buckets_->bounds;
  const auto at = static_cast<std::size_t>(std::ranges::lower_bound(bounds, value) - bounds.begin());
  buckets_->counts[at].fetch_add(1, std::memory_order_relaxed);
  buckets_->sum.fetch_add(value, std::memory_order_relaxed);
  if (where.sampled()) buckets_->exemplars[at].put(where, value, clock::now());
}

}  // namespace sundown
