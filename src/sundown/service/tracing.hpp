#pragma once

#include "service/fd_limit.hpp"
#include "service/trace_provider.hpp"

#include <sundown/metrics.hpp>
#include <sundown/program.hpp>
#include <sundown/stop/shutdown.hpp>
#include <sundown/trace/tracer.hpp>

#include <memory>
#include <string>

namespace sundown::serving {

/// What the check of a configuration says of the variables that tracing is set by.
trace_provider::findings trace_findings(const program& identity, const environment_variables& given);

/// A service's tracer, and where its spans go. Closed last of all, since all others make spans.
///
/// Lifetime: outlives whoever has the tracer.
class tracing {
 public:
  /// Throws startup_error, whose text says what to do. The warnings are logged.
  tracing(const program& identity, const environment_variables& given, descriptor_account& descriptors);

  /// Off, where the program exports no traces or nobody has said where to.
  trace::tracer& tracer() noexcept { return tracer_; }
  /// As the first of the closers. Nothing where tracing is off: the report doesn't speak of spans then.
  void closed_by(stop::shutdown& stop);
  void show(metrics& among);

  // As a closable: the spans of the stop itself, then all that waits.
  asio::awaitable<void> close();
  std::string waiting_for() const { return exporter_->waiting_for(); }
  std::string omitted() const { return exporter_->omitted(); }

 private:
  const std::string program_name_;
  std::unique_ptr<trace_exporter> exporter_;
  trace::tracer tracer_, of_stop_;
  stop::shutdown* stop_ = nullptr;
};

}  // namespace sundown::serving
