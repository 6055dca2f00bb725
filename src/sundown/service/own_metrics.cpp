#include "service/own_metrics.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace sundown {

metrics::metrics() : state_(std::make_unique<state>()) {}

metrics::~metrics() = default;

void metrics::gauge(std::string name, std::string help, std::function<double()> read) {
  state_->figures.push_back({prometheus::MetricType::Gauge, std::move(name), std::move(help), std::move(read)});
}

void metrics::counter(std::string name, std::string help, std::function<double()> read) {
  state_->figures.push_back({prometheus::MetricType::Counter, std::move(name), std::move(help), std::move(read)});
}

histogram& metrics::histogram(std::string name, std::string help, std::vector<double> bounds,
                              std::vector<std::pair<std::string, std::string>> labels) {
  const std::lock_guard lock(state_->mutex);
  auto& families = state_->histograms;
  auto family = std::ranges::find(families, name, &state::histogram_family::name);
  if (family == families.end()) family = families.emplace(families.end(), std::move(name), std::move(help));
  auto& known = family->histograms;
  const auto found = std::ranges::find(known, labels, &state::labelled_histogram::labels);
  if (found != known.end()) return found->values;
  return known.emplace_back(std::move(labels), std::move(bounds)).values;
}

prometheus::Registry& metrics::registry() { return state_->registry; }

}  // namespace sundown
