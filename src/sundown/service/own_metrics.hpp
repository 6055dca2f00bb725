#pragma once

#include <sundown/metrics.hpp>

#include <prometheus/metric_type.h>
#include <prometheus/registry.h>

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sundown {

struct metrics::state {
  struct figure {
    prometheus::MetricType type;
    std::string name, help;
    std::function<double()> read;
  };

  using label_list = std::vector<std::pair<std::string, std::string>>;
  struct labelled_histogram {
    labelled_histogram(label_list its_labels, std::vector<double> bounds)
        : labels(std::move(its_labels)), values(std::move(bounds)) {}

    label_list labels;
    sundown::histogram values;
  };
  struct histogram_family {
    histogram_family(std::string its_name, std::string its_help)
        : name(std::move(its_name)), help(std::move(its_help)) {}

    std::string name, help;
    std::list<labelled_histogram> histograms;
  };

  std::vector<figure> figures;
  mutable std::mutex mutex;  ///< of the histograms: which there are
  std::list<histogram_family> histograms;
  prometheus::Registry registry;
};

}  // namespace sundown
