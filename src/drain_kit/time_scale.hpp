#pragma once

#include "drain_kit/run.hpp"
#include "drain_kit/svg_draw.hpp"

#include <algorithm>
#include <cmath>

namespace sundown::testing::drain_kit {

/// From moments to positions.
class time_scale {
 public:
  explicit time_scale(const outcome& what) : signal_(what.signal) {
    double last = what.seconds();
    for (const auto& one : what.kinds)
      for (const auto& each : one.lanes)
        if (!each.moments().empty()) last = std::max(last, since(each.moments().back().at));
    last = std::max(last, 0.02);
    // Room for the words on both sides of the lines.
    begin_ = -std::max(since(what.signal) - since(what.begin), 0.0);
    begin_ = std::max(begin_, -last / 3);
    begin_ = std::min(begin_, -0.09 * last);
    end_ = last * 1.1;
  }

  double since(clock::time_point at) const { return std::chrono::duration<double>(at - signal_).count(); }
  double x(double seconds) const {
    const double share = (seconds - begin_) / (end_ - begin_);
    return plot_left + std::clamp(share, 0.0, 1.0) * (plot_right - plot_left);
  }
  double x(clock::time_point at) const { return x(since(at)); }
  double begin() const { return begin_; }
  double end() const { return end_; }
  /// Between two ticks: some eight of them, of a round length.
  double tick() const {
    const double rough = (end_ - begin_) / 8, power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0})
      if (factor * power >= rough) return factor * power;
    return 10 * power;
  }

 private:
  clock::time_point signal_;
  double begin_, end_;
};

}  // namespace sundown::testing::drain_kit
