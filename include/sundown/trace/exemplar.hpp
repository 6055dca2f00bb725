#pragma once

#include <sundown/trace/context.hpp>

#include <chrono>

namespace sundown::trace {

/// One of the measurements behind a figure, and the span in which it was taken: a trace to look at (OpenMetrics 1.0,
/// "Exemplars"). A value.
struct exemplar {
  exemplar() = default;
  exemplar(const trace_id& its_trace, const span_id& its_span, double measured,
           std::chrono::system_clock::time_point taken) noexcept
      : trace(its_trace), span(its_span), value(measured), when(taken) {}

  trace_id trace{};
  span_id span{};
  double value = 0;  ///< in the figure's unit
  std::chrono::system_clock::time_point when;
};

}  // namespace sundown::trace
