#include "service/stop_trace.hpp"

#include <chrono>

namespace sundown::serving {

namespace {

void tell(trace::span& root, const stop::report& what) {
  root.set("sundown.shutdown.trigger", what.trigger)
      .set("sundown.shutdown.exit_code", stop::verdict(what))
      .set("sundown.shutdown.connections_at_signal", what.connections_at_signal)
      .set("sundown.shutdown.requests_at_signal", what.requests_at_signal)
      .set("sundown.shutdown.completed", what.drain.completed)
      .set("sundown.shutdown.refused", what.drain.refused)
      .set("sundown.shutdown.swept", what.drain.swept)
      .set("sundown.shutdown.cut", what.drain.cut.size())
      .set("sundown.shutdown.background_left", what.unfinished_background.size());
  for (const auto& cut : what.drain.cut) root.event("cut: " + cut.what + " (" + cut.why + ')');
  if (!what.failure.empty())
    root.fail(what.failure);
  else if (stop::verdict(what) != stop::drained)
    root.fail("work was cut");
}

void record_closer(const trace::span& closers, const stop::closer_result& closer, clock::time_point ended) {
  auto span = closers.child("close " + closer.name, trace::kind::internal, closer.began);
  if (!closer.omitted.empty()) span.set("sundown.shutdown.omitted", closer.omitted);
  if (!closer.error.empty()) span.fail(closer.error);
  span.end(ended);
}

}  // namespace

void record_stop(const trace::tracer& traces, const stop::report& so_far, clock::time_point triggered,
                 clock::time_point now, const stop::closer_result& exporter) {
  auto root = traces.start("shutdown", trace::kind::internal, {}, triggered);
  tell(root, so_far);
  for (const auto& step : so_far.steps)
    root.child(step.name, trace::kind::internal, step.began).end(step.began + step.took);
  // Of the last step the report doesn't know yet.
  const auto first = so_far.closers.empty() ? exporter.began : so_far.closers.front().began;
  auto closers = root.child("closers", trace::kind::internal, first);
  for (const auto& closer : so_far.closers) record_closer(closers, closer, closer.began + closer.took);
  record_closer(closers, exporter, now);
  closers.end(now);
  root.end(now);
}

}  // namespace sundown::serving
