#include "service/tracing.hpp"

#include "service/stop_trace.hpp"

#include <sundown/log.hpp>

namespace sundown::serving {

namespace {

constexpr const char* name_of_closer = "traces";

}  // namespace

trace_provider::findings trace_findings(const program& identity, const environment_variables& given) {
  return identity.traces ? identity.traces->check(given) : trace_provider::findings();
}

tracing::tracing(const program& identity, const environment_variables& given, descriptor_account& descriptors)
    : program_name_(identity.name) {
  if (!identity.traces) return;
  for (const auto& each : trace_findings(identity, given).warnings) log::warn("traces: " + each);
  exporter_ = identity.traces->open(given, identity);
  if (!exporter_) return;
  descriptors.take(identity.traces->descriptors());
  tracer_.send_to(*exporter_, exporter_->sampler());
  of_stop_.send_to(*exporter_, trace::sampler::always_on());  // there is only one, and it is worth it
}

void tracing::closed_by(stop::shutdown& stop) {
  if (!exporter_) return;
  stop_ = &stop;
  stop.add(name_of_closer, *this);
  stop.counts_spans([this] { return exporter_->counts(); });
}

void tracing::show(metrics& among) {
  if (exporter_) exporter_->show(among, program_name_);
}

asio::awaitable<void> tracing::close() {
  const auto now = clock::now();
  stop::closer_result own;
  own.name = name_of_closer;
  own.began = now;
  record_stop(of_stop_, stop_->so_far(), stop_->clock().trigger_time(), now, own);
  return exporter_->close(stop_->clock());
}

}  // namespace sundown::serving
