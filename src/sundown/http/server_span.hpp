#pragma once

#include <sundown/trace/span.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace sundown::http::detail {

struct exchange;

// The span of a request: made when it is first asked for, at the latest when the request has ended. It has begun with
// the request's first byte.

using trace_text = trace::fixed_text<32>;

/// Empty while tracing is off. The head must be where the parser looks for it.
trace::span& span_of(const exchange& current);

/// The id of its trace, where somebody may look for that: it is sampled, or the client has brought it.
std::optional<trace_text> told_trace(const exchange& current);

/// The request has ended, on a server that traces. `cut`: why its answer is not whole; empty: it is. Returns what
/// told_trace() would, if it `is_told`.
std::optional<trace_text> end_span(const exchange& current, std::chrono::nanoseconds took, std::string_view cut,
                                   bool is_told);

}  // namespace sundown::http::detail
