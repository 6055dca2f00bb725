#pragma once

#include <sundown/metrics.hpp>

#include <prometheus/metric_type.h>
#include <prometheus/registry.h>

#include <functional>
#include <string>
#include <vector>

namespace sundown {

struct metrics::state {
  struct figure {
    prometheus::MetricType type;
    std::string name, help;
    std::function<double()> read;
  };

  std::vector<figure> figures;
  prometheus::Registry registry;
};

}  // namespace sundown
