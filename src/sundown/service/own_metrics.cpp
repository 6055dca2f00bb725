#include "service/own_metrics.hpp"

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

prometheus::Registry& metrics::registry() { return state_->registry; }

}  // namespace sundown
