#pragma once

#include <sundown/histogram.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace prometheus {
class Registry;  // NOLINT(readability-identifier-naming): the library's
}

namespace sundown {

/// The figures of a service's own, beside the library's in `/metrics`.
///
/// Names get the program's as a prefix: "events_lost_total" is orders_events_lost_total.
/// Thread safety: adding before the service serves; `read` is called on the control plane at each scrape, and must not
/// block. Lifetime: what `read` uses must live until the service has stopped.
class metrics {
 public:
  metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;
  ~metrics();

  /// A value that goes up and down, read at each scrape.
  void gauge(std::string name, std::string help, std::function<double()> read);
  /// A value that only goes up, read at each scrape; its name ends in "_total" by convention.
  void counter(std::string name, std::string help, std::function<double()> read);

  /// Values by bucket, such as durations in seconds. Those of one name differ in their labels, and have the same
  /// bounds: the same name and labels are the same histogram. Thread safety: any thread, at any time. Lifetime: that of
  /// the service.
  sundown::histogram& histogram(std::string name, std::string help, std::vector<double> bounds,
                                std::vector<std::pair<std::string, std::string>> labels = {});

  /// For everything else (labels): prometheus-cpp's registry, shown with the rest under the names that its
  /// families have. Thread safety: as prometheus-cpp says, any thread.
  prometheus::Registry& registry();

  struct state;
  /// For the exposition.
  const state& contents() const { return *state_; }

 private:
  std::unique_ptr<state> state_;
};

}  // namespace sundown
