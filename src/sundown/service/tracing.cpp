#include "service/tracing.hpp"

#include <sundown/log.hpp>

namespace sundown::serving {

trace_provider::findings trace_findings(const program& identity, const environment_variables& given) {
  return identity.traces ? identity.traces->check(given) : trace_provider::findings();
}

tracing::tracing(const program& identity, const environment_variables& given, descriptor_account& descriptors)
    : program_name_(identity.name) {
  if (!identity.traces) return;
  for (const auto& each : trace_findings(identity, given).warnings) log::warn("traces: " + each);
  exporter_ = identity.traces->open(given, identity);
  if (exporter_) descriptors.take(identity.traces->descriptors());
}

void tracing::closed_by(stop::shutdown& stop) {
  if (!exporter_) return;
  stop_ = &stop;
  stop.add("traces", *this);
  stop.counts_spans([this] { return exporter_->counts(); });
}

void tracing::show(metrics& among) {
  if (exporter_) exporter_->show(among, program_name_);
}

asio::awaitable<void> tracing::close() { return exporter_->close(stop_->clock()); }

}  // namespace sundown::serving
