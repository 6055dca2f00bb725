#include <sundown/http_client.hpp>

#include "base/program_name.hpp"

#include <sundown/metrics.hpp>
#include <sundown/service.hpp>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <map>
#include <string>
#include <utility>

namespace sundown::http_client {

namespace {

/// Calls by origin and outcome, for /metrics.
class figures {
 public:
  figures(metrics& to, const std::string& service, std::string name)
      : shown_(to),
        name_(std::move(name)),
        calls_(prometheus::BuildCounter()
                   .Name(service + '_' + name_ + "_calls_total")
                   .Help("Calls to other services that have ended, by origin and outcome.")
                   .Register(to.registry())) {}

  void count(const ended_call& call) {
    const auto& [origin, durations] = known(call.origin);
    const std::string outcome = call.outcome ? "answered" : to_string(call.outcome.error().code);
    calls_.Add({{"origin", origin}, {"outcome", outcome}}).Increment();
    durations->observe(std::chrono::duration<double>(call.took).count(), call.where);
  }

 private:
  using by_origin = std::map<std::string, histogram*>;

  /// Where URLs come from outside the origins may be without number: those beyond the first hundred are one.
  by_origin::value_type& known(const std::string& origin) {
    constexpr std::size_t most = 100;
    const auto found = origins_.find(origin);
    if (found != origins_.end()) return *found;
    if (origins_.size() >= most && origin != "other") return known("other");
    auto& durations = shown_.histogram(
        name_ + "_call_duration_seconds", "From a call to its answer or error, by origin.",
        {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}, {{"origin", origin}});
    return *origins_.emplace(origin, &durations).first;
  }

  metrics& shown_;
  const std::string name_;
  prometheus::Family<prometheus::Counter>& calls_;
  by_origin origins_;
};

}  // namespace

client& open(service& app, const settings& how, const std::string& name) {
  constexpr std::size_t of_thread = 3;  // epoll, eventfd, timerfd
  app.takes_descriptors(of_thread + static_cast<std::size_t>(how.connections));
  auto& made = app.add<client>(name, how);
  const auto prefix = base::metric_prefix(name);
  const auto books = std::make_shared<figures>(app.metrics(), base::metric_prefix(app.identity().name), prefix);
  made.on_end([books](const ended_call& call) { books->count(call); });
  auto& shown = app.metrics();
  const auto number = [&made](auto member) {
    return [&made, member] { return static_cast<double>((made.*member)()); };
  };
  shown.gauge(prefix + "_connections", "Open connections to other services.", number(&client::connections));
  shown.gauge(prefix + "_idle_connections", "Of those, the ones that wait for a call.",
              number(&client::idle_connections));
  shown.counter(prefix + "_retries_total", "Calls that were sent again: their kept connection had been closed.",
                number(&client::retried));
  return made;
}

}  // namespace sundown::http_client
