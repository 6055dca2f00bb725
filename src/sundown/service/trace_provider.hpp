#pragma once

#include <sundown/metrics.hpp>
#include <sundown/program.hpp>
#include <sundown/stop/budget.hpp>
#include <sundown/stop/report.hpp>
#include <sundown/trace/tracer.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sundown::serving {

namespace asio = boost::asio;

/// The variables of the process, by name; a value, so that nothing below main reads the process's own.
using environment_variables = std::vector<std::pair<std::string, std::string>>;

/// Where a service's spans go, out of the process.
///
/// Thread safety: take(), counts() and waiting_for() from any thread; the rest on the control plane.
/// Lifetime: outlives whoever makes spans.
class trace_exporter : public trace::sink {
 public:
  trace_exporter() = default;
  trace_exporter(const trace_exporter&) = delete;
  trace_exporter& operator=(const trace_exporter&) = delete;
  virtual ~trace_exporter() = default;

  /// Which traces it is meant to get.
  virtual trace::sampler sampler() const noexcept = 0;
  /// Its figures in /metrics. Before the service serves.
  virtual void show(metrics& among, const std::string& program_name) = 0;
  /// Delivers what is waiting, within a part of the closers' time: it ends before that time does, whatever the
  /// collector is like, so that a loss of spans is no cut work. What is not delivered by then is lost.
  virtual asio::awaitable<void> close(const stop::budget& stop_clock) = 0;
  /// "612 spans", or "".
  virtual std::string waiting_for() const = 0;
  /// What close() has lost, and why; "" if nothing.
  virtual std::string omitted() const = 0;
  /// What waits counts as lost: after the stop it would be.
  virtual stop::span_counts counts() const noexcept = 0;
};

/// What a program has that exports its traces (program::with): the component behind the core's seam.
///
/// Thread safety: any thread. Lifetime: the process's.
class trace_provider {
 public:
  /// What is wrong with the variables, whole sentences that say what to do and show no secret: with a fault the service
  /// must not start, with a warning it does.
  struct findings {
    findings() = default;

    std::vector<std::string> faults, warnings;
  };
  virtual findings check(const environment_variables& given) const = 0;
  /// Null: tracing is off. Throws startup_error, whose text says what to do.
  virtual std::unique_ptr<trace_exporter> open(const environment_variables& given, const program& identity) const = 0;
  /// The descriptors that an exporter takes.
  virtual std::size_t descriptors() const noexcept = 0;

 protected:
  trace_provider() = default;
  trace_provider(const trace_provider&) = default;
  trace_provider& operator=(const trace_provider&) = default;
  ~trace_provider() = default;
};

}  // namespace sundown::serving
