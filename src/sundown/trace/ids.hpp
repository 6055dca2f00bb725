#pragma once

#include <sundown/trace/context.hpp>

namespace sundown::trace::detail {

/// Random ids, none of nothing but zeros. Any thread: each has a generator of its own, seeded by the system.
trace_id next_trace_id();
span_id next_span_id();

}  // namespace sundown::trace::detail
