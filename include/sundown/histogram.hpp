#pragma once

#include <sundown/trace/context.hpp>

#include <memory>
#include <vector>

namespace sundown {

/// Values counted by the buckets that they fall into, made by metrics::histogram().
///
/// Each bucket keeps the newest value that was measured in a sampled span: its exemplar in OpenMetrics
/// (docs/metrics.md). Thread safety: any thread; nobody waits.
class histogram {
 public:
  /// `bounds`: the buckets' upper ones, each of which its bucket includes, ascending; what is above the last is
  /// counted, too. Throws std::invalid_argument for others.
  explicit histogram(std::vector<double> bounds);
  histogram(const histogram&) = delete;
  histogram& operator=(const histogram&) = delete;
  ~histogram();

  /// `where`: request.span().where(), or what else it was measured in.
  void observe(double value, const trace::context& where = {}) noexcept;

  struct buckets;
  /// For the exposition.
  const buckets& contents() const noexcept { return *buckets_; }

 private:
  std::unique_ptr<buckets> buckets_;
};

}  // namespace sundown
