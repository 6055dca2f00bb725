#pragma once

#include "service/fd_limit.hpp"
#include "service/trace_provider.hpp"

#include <sundown/metrics.hpp>
#include <sundown/program.hpp>
#include <sundown/stop/shutdown.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sundown::serving {

/// What the check of a configuration says of the variables that tracing is set by.
trace_provider::findings trace_findings(const program& identity, const environment_variables& given);

/// A service's export of traces, if it has one: opened first and closed last, since all others make spans.
class tracing {
 public:
  /// Throws startup_error, whose text says what to do. The warnings are logged.
  tracing(const program& identity, const environment_variables& given, descriptor_account& descriptors);

  /// The first of the closers. Nothing where tracing is off: the report doesn't speak of spans then.
  void closed_by(stop::shutdown& stop);
  void show(metrics& among);

  // As a closable: the spans of the stop itself, then all that waits.
  asio::awaitable<void> close();
  std::string waiting_for() const { return exporter_->waiting_for(); }
  std::string omitted() const { return exporter_->omitted(); }

 private:
  const std::string program_name_;
  std::unique_ptr<trace_exporter> exporter_;
  stop::shutdown* stop_ = nullptr;
};

}  // namespace sundown::serving
