#pragma once

#include <sundown/stop/report.hpp>
#include <sundown/time.hpp>
#include <sundown/trace/tracer.hpp>

namespace sundown::serving {

/// The stop as a trace: a span "shutdown" from the signal on, with what the report says, and below it one for each step
/// and each closer.
///
/// `so_far` is the report at the moment when only the traces themselves are still open. `now`, the begin of their last
/// delivery, is taken for the end of what is still under way: the stop, its last step, and `exporter`, the closer that
/// delivers.
void record_stop(const trace::tracer& traces, const stop::report& so_far, clock::time_point triggered,
                 clock::time_point now, const stop::closer_result& exporter);

}  // namespace sundown::serving
