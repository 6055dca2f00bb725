#pragma once

#include "http_client/url.hpp"

#include <sundown/error.hpp>
#include <sundown/http_client.hpp>
#include <sundown/trace/span.hpp>

namespace sundown::http_client {

// The span of a call, by OpenTelemetry's conventions for HTTP clients; empty where the call has no parent.

/// Begins it, and adds the fields that name it to the request, unless they are there already.
trace::span begin_span(request& what, const location& where);
/// Adds the two fields as the request has them, while tracing is off: where it would read them, and as it would (W3C
/// Trace Context §3.2, §3.3.1). One traceparent, whose text stays; the lines of tracestate are one list.
void pass_trace_on(const http::request& from, http::fields& to);
/// The head of an answer has come.
void answered(trace::span& span, unsigned status);
/// The call has ended.
void end_span(trace::span& span, const result<void>& outcome);

}  // namespace sundown::http_client
